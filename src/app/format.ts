/** Numbers as the page writes them. */

/** `0.42 s`, `3.2 s`, `48 s`, `2 min 5 s`. */
export function formatSeconds(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 0.9995) return `${seconds.toFixed(2)} s`;
  if (seconds < 9.995) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A step's time in at most four characters, unit apart: `0.3`, `8.1`, `142`, `12k`. */
export function formatStepMs(ms: number): string {
  if (ms < 9.95) return ms.toFixed(1);
  if (ms < 9999.5) return ms.toFixed(0);
  return `${Math.round(ms / 1000)}k`;
}

/** Decimal megabytes, as download sizes are given: `12.3 MB`. */
export const formatMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Signed, whole per cent of the predicted time: `+6 %`, `−3 %`, `±0 %`. */
export function formatDeviation(predictedMs: number, measuredMs: number): string {
  const percent = Math.round((measuredMs / predictedMs - 1) * 100);
  if (percent === 0) return '±0 %';
  return `${percent > 0 ? '+' : '−'}${Math.abs(percent)} %`;
}

/** Equal pictures have no finite PSNR. */
export const formatPsnr = (psnrDb: number): string => (Number.isFinite(psnrDb) ? `${psnrDb.toFixed(1)} dB` : 'identical');

export const formatSsim = (ssim: number | null): string => (ssim === null ? '–' : ssim.toFixed(3));

/** Mean FLIP: 0 cannot be told apart. */
export const formatFlip = (meanFlip: number): string => meanFlip.toFixed(3);
