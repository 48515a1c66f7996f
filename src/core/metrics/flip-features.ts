/** FLIP's feature pipeline: edges and points that one picture has and the other has not, which draw the eye. */
import type { Plane, SeparableWindow, Window } from './flip-planes.ts';
import { filterPlane, placesWithin } from './flip-planes.ts';

/** Degrees between the places where the eye resolves an edge. */
const FEATURE_WIDTH = 0.082;
const FEATURE_EXPONENT = 0.5;

interface FeatureWindows {
  readonly edge: SeparableWindow;
  readonly point: SeparableWindow;
}

/** First and second derivative of a Gaussian along the row. */
function featureWindows(pixelsPerDegree: number): FeatureWindows {
  const sigma = 0.5 * FEATURE_WIDTH * pixelsPerDegree;
  const places = placesWithin(Math.ceil(3 * sigma));
  const bell = (place: number): number => Math.exp(-(place ** 2) / (2 * sigma ** 2));
  const alongColumn = balanced(places.map(bell));
  return {
    edge: { alongRow: balanced(places.map((place) => place * bell(place))), alongColumn },
    point: { alongRow: balanced(places.map((place) => (place ** 2 / sigma ** 2 - 1) * bell(place))), alongColumn },
  };
}

/** Positive weights summing to 1, negative ones to −1. */
function balanced(weights: Window): Window {
  const sumOf = (sign: 1 | -1): number => weights.reduce((sum, weight) => sum + Math.max(weight * sign, 0), 0);
  const [positive, negative] = [sumOf(1), sumOf(-1)];
  return weights.map((weight) => (weight > 0 ? weight / positive : weight === 0 ? 0 : weight / negative));
}

/** Per pixel, on [0, 1]. Planes of YCxCz's luminance. */
export function featureErrors(reference: Plane, candidate: Plane, pixelsPerDegree: number): Float32Array {
  const { edge, point } = featureWindows(pixelsPerDegree);
  const [a, b] = [relativeLuminance(reference), relativeLuminance(candidate)];
  const edges = [strengths(a, edge), strengths(b, edge)] as const;
  const points = [strengths(a, point), strengths(b, point)] as const;
  const errors = new Float32Array(a.values.length);
  for (let pixel = 0; pixel < errors.length; pixel++) {
    const gap = Math.max(gapAt(edges, pixel), gapAt(points, pixel));
    errors[pixel] = (gap / Math.SQRT2) ** FEATURE_EXPONENT;
  }
  return errors;
}

const gapAt = ([a, b]: readonly [Float32Array, Float32Array], pixel: number): number => Math.abs((a[pixel] ?? 0) - (b[pixel] ?? 0));

/** 0 for black, 1 for white. */
const relativeLuminance = (plane: Plane): Plane => ({ ...plane, values: plane.values.map((value) => (value + 16) / 116) });

/** Length of the gradient along rows and columns. */
function strengths(plane: Plane, { alongRow, alongColumn }: SeparableWindow): Float32Array {
  const across = filterPlane(plane, { alongRow, alongColumn }).values;
  const down = filterPlane(plane, { alongRow: alongColumn, alongColumn: alongRow }).values;
  return across.map((value, pixel) => Math.hypot(value, down[pixel] ?? 0));
}
