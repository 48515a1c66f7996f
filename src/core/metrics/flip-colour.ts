/** Colour spaces of FLIP: sRGB, linear RGB, CIE XYZ under D65, YCxCz and Hunt-adjusted CIELab. */

export type Colour = readonly [number, number, number];

/** Linear sRGB to XYZ, the exact fractions of the primaries and white of IEC 61966-2-1. */
const XYZ_FROM_RGB: readonly Colour[] = [
  [10_135_552 / 24_577_794, 8_788_810 / 24_577_794, 4_435_075 / 24_577_794],
  [2_613_072 / 12_288_897, 8_788_810 / 12_288_897, 887_015 / 12_288_897],
  [1_425_312 / 73_733_382, 8_788_810 / 73_733_382, 70_074_185 / 73_733_382],
];

const dot = ([a, b, c]: Colour, [x, y, z]: Colour): number => a * x + b * y + c * z;

const [TO_X, TO_Y, TO_Z] = XYZ_FROM_RGB as readonly [Colour, Colour, Colour];
const RGB_FROM_XYZ = inverse(TO_X, TO_Y, TO_Z);
const [TO_RED, TO_GREEN, TO_BLUE] = RGB_FROM_XYZ;

/** What white is in XYZ. */
const WHITE: Colour = [dot(TO_X, [1, 1, 1]), dot(TO_Y, [1, 1, 1]), dot(TO_Z, [1, 1, 1])];

/** The inverse's rows, by cross products. */
function inverse(a: Colour, b: Colour, c: Colour): readonly [Colour, Colour, Colour] {
  const [u, v, w] = [cross(b, c), cross(c, a), cross(a, b)];
  const determinant = dot(a, u);
  const row = (index: 0 | 1 | 2): Colour => [u[index] / determinant, v[index] / determinant, w[index] / determinant];
  return [row(0), row(1), row(2)];
}

function cross([a, b, c]: Colour, [x, y, z]: Colour): Colour {
  return [b * z - c * y, c * x - a * z, a * y - b * x];
}

/** One channel, on [0, 1]. */
export const linearFromSrgb = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);

/** XYZ over white's XYZ. */
const relativeXyz = (rgb: Colour): Colour => [dot(TO_X, rgb) / WHITE[0], dot(TO_Y, rgb) / WHITE[1], dot(TO_Z, rgb) / WHITE[2]];

/** Linear RGB → luminance and two opponent chrominances, in which sums are linear. */
export function ycxczFromLinear(rgb: Colour): Colour {
  const [x, y, z] = relativeXyz(rgb);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

export function linearFromYcxcz([luminance, cx, cz]: Colour): Colour {
  const y = (luminance + 16) / 116;
  const xyz: Colour = [(cx / 500 + y) * WHITE[0], y * WHITE[1], (y - cz / 200) * WHITE[2]];
  return [dot(TO_RED, xyz), dot(TO_GREEN, xyz), dot(TO_BLUE, xyz)];
}

/** CIELab with the Hunt effect: chroma counts in proportion to lightness. */
export function huntLabFromLinear(rgb: Colour): Colour {
  const [x, y, z] = relativeXyz(rgb);
  const [fx, fy, fz] = [labCurve(x), labCurve(y), labCurve(z)];
  const lightness = 116 * fy - 16;
  return [lightness, 0.01 * lightness * 500 * (fx - fy), 0.01 * lightness * 200 * (fy - fz)];
}

const LAB_KNEE = 6 / 29;

const labCurve = (value: number): number => (value > LAB_KNEE ** 3 ? Math.cbrt(value) : value / (3 * LAB_KNEE ** 2) + 4 / 29);

/** Differences of lightness count as they are, those of chroma as a distance. */
export const hyab = (a: Colour, b: Colour): number => Math.abs(a[0] - b[0]) + Math.hypot(a[1] - b[1], a[2] - b[2]);
