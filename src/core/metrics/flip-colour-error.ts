/** FLIP's colour pipeline: what the eye can resolve at this distance, then the difference of what is left. */
import type { Colour } from './flip-colour.ts';
import { huntLabFromLinear, hyab, linearFromYcxcz } from './flip-colour.ts';
import type { Plane, SeparableWindow } from './flip-planes.ts';
import { filterPlane, placesWithin } from './flip-planes.ts';

/** Contrast sensitivity as a sum of Gaussians a·√(π/b)·exp(−π²d²/b) over degrees d, one list per opponent channel. */
const SENSITIVITIES = [
  [{ a: 1, b: 0.0047 }],
  [{ a: 1, b: 0.0053 }],
  [{ a: 34.1, b: 0.04 }, { a: 13.5, b: 0.025 }],
] as const;

const WIDEST_B = 0.04;
const ERROR_EXPONENT = 0.7;
/** Errors up to this share of the largest one take up the map's lower `KNEE_ERROR`. */
const KNEE_SHARE = 0.4;
const KNEE_ERROR = 0.95;

interface Part {
  readonly weight: number;
  readonly window: SeparableWindow;
}

/** The windows of the three channels; the weights of each channel's parts sum to one. */
function sensitivityWindows(pixelsPerDegree: number): readonly (readonly Part[])[] {
  const radius = Math.ceil(3 * Math.sqrt(WIDEST_B / (2 * Math.PI ** 2)) * pixelsPerDegree);
  return SENSITIVITIES.map((gaussians) => {
    const parts = gaussians.map(({ a, b }) => {
      const curve = placesWithin(radius).map((place) => Math.exp((-(Math.PI ** 2) * (place / pixelsPerDegree) ** 2) / b));
      const sum = curve.reduce((total, value) => total + value, 0);
      const window = curve.map((value) => value / sum);
      return { weight: a * Math.sqrt(Math.PI / b) * sum ** 2, window: { alongRow: window, alongColumn: window } };
    });
    const total = parts.reduce((sum, { weight }) => sum + weight, 0);
    return parts.map(({ weight, window }) => ({ weight: weight / total, window }));
  });
}

/** Per pixel, on [0, 1]. Both pictures as YCxCz planes of one size. */
export function colourErrors(reference: readonly Plane[], candidate: readonly Plane[], pixelsPerDegree: number): Float32Array {
  const windows = sensitivityWindows(pixelsPerDegree);
  const seen = (planes: readonly Plane[]): Plane[] => planes.map((plane, channel) => mixed(plane, windows[channel] ?? []));
  const [a, b] = [seen(reference), seen(candidate)];
  const errors = new Float32Array(a[0]?.values.length ?? 0);
  for (let pixel = 0; pixel < errors.length; pixel++) {
    const error = hyab(huntLabFromLinear(resolved(a, pixel)), huntLabFromLinear(resolved(b, pixel)));
    errors[pixel] = redistributed(error ** ERROR_EXPONENT);
  }
  return errors;
}

function mixed(plane: Plane, parts: readonly Part[]): Plane {
  const values = new Float32Array(plane.values.length);
  for (const { weight, window } of parts) {
    const filtered = filterPlane(plane, window).values;
    for (let pixel = 0; pixel < values.length; pixel++) values[pixel] = (values[pixel] ?? 0) + weight * (filtered[pixel] ?? 0);
  }
  return { ...plane, values };
}

/** Blurring each channel on its own can lead out of the colours a screen has. */
function resolved(planes: readonly Plane[], pixel: number): Colour {
  const at = (channel: number): number => planes[channel]?.values[pixel] ?? 0;
  const [red, green, blue] = linearFromYcxcz([at(0), at(1), at(2)]);
  return [clamped(red), clamped(green), clamped(blue)];
}

const clamped = (value: number): number => Math.min(Math.max(value, 0), 1);

/** No two colours of a screen are farther apart than its green and its blue. */
const LARGEST_ERROR = hyab(huntLabFromLinear([0, 1, 0]), huntLabFromLinear([0, 0, 1])) ** ERROR_EXPONENT;

function redistributed(error: number): number {
  const knee = KNEE_SHARE * LARGEST_ERROR;
  if (error < knee) return (KNEE_ERROR / knee) * error;
  return KNEE_ERROR + ((error - knee) / (LARGEST_ERROR - knee)) * (1 - KNEE_ERROR);
}
