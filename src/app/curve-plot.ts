/** The curve as a picture, by uPlot; loaded once there is room for it. The table beside it says the same in words. */
import 'uplot/dist/uPlot.min.css';
import UPlot from 'uplot';
import type { CurveAxis, CurvePoint } from './curve-points.ts';
import { placeOnAxis } from './curve-points.ts';

export interface CurvePlot {
  show(points: readonly CurvePoint[], axis: CurveAxis): void;
}

/** How near to a point counts as on it, in CSS pixels. */
const REACH = 16;
const HEIGHT = 260;
const AXIS_LABELS: Readonly<Record<CurveAxis, string>> = { nfe: 'Computed steps', seconds: 'Seconds a picture' };

interface PlacedPoint {
  readonly point: CurvePoint;
  readonly x: number;
}

/** Multistep policies stand beside the others of their budget: no line leads through them. */
const seriesOf = ({ kind, isMultistep }: CurvePoint): CurvePoint['kind'] | 'multistep' => (isMultistep ? 'multistep' : kind);

interface Series {
  readonly kind: ReturnType<typeof seriesOf>;
  /** A custom property. */
  readonly colour: string;
  readonly size: number;
  readonly joined: boolean;
  readonly hollow: boolean;
}

const SERIES: readonly Series[] = [
  { kind: 'shipped', colour: '--compute', size: 9, joined: true, hollow: false },
  { kind: 'multistep', colour: '--compute', size: 12, joined: false, hollow: true },
  { kind: 'own', colour: '--now', size: 10, joined: false, hollow: false },
  { kind: 'imported', colour: '--reuse-line', size: 9, joined: false, hollow: false },
  { kind: 'run', colour: '--ink-soft', size: 7, joined: false, hollow: true },
];

export function createCurvePlot(box: HTMLElement, onChoose: (point: CurvePoint) => void): CurvePlot {
  let plot: UPlot | null = null;
  let shown: { readonly points: readonly CurvePoint[]; readonly axis: CurveAxis } = { points: [], axis: 'nfe' };

  const draw = (): void => {
    plot?.destroy();
    box.replaceChildren();
    const placed = shown.points
      .flatMap((point): PlacedPoint[] => {
        const x = placeOnAxis(point, shown.axis);
        return x === null ? [] : [{ point, x }];
      })
      .toSorted((a, b) => a.x - b.x);
    if (placed.length === 0 || box.clientWidth === 0) return;
    plot = new UPlot(optionsFor(box, shown.axis), dataOf(placed), box);
    watchPointer(plot, placed, onChoose);
  };

  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0);
    if (plot === null) draw();
    else if (width > 0 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
  }).observe(box);
  // A canvas does not follow the page's colours by itself: neither the system's nor the chosen theme.
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return {
    show(points, axis) {
      shown = { points, axis };
      draw();
    },
  };
}

/** One row of places, and a row of values for each series with gaps where a point is of another. */
function dataOf(placed: readonly PlacedPoint[]): UPlot.AlignedData {
  const rows = SERIES.map(({ kind }) => placed.map(({ point }) => (seriesOf(point) === kind ? point.psnrDb : null)));
  return [placed.map(({ x }) => x), ...rows];
}

function optionsFor(box: HTMLElement, axis: CurveAxis): UPlot.Options {
  const probe = box.appendChild(document.createElement('span'));
  /** As computed: the custom property itself may hold a choice between light and dark. */
  const colour = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const font = '12px system-ui, sans-serif';
  const axisOptions = { stroke: colour('--ink-soft'), font, labelFont: font, labelSize: 20, grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line'), width: 1 } };
  /** A tenth of the range free at each end, so that no point sits on the frame. */
  const padded: UPlot.Scale.Range = (_, low, high) => {
    const margin = Math.max(high - low, 0.5) / 10;
    return [low - margin, high + margin];
  };
  const options: UPlot.Options = {
    width: Math.floor(box.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: padded }, y: { range: padded } },
    axes: [
      // There is no half a step.
      { ...axisOptions, label: AXIS_LABELS[axis], ...(axis === 'nfe' ? { incrs: [1, 2, 5, 10, 20, 50, 100], space: 28 } : {}) },
      { ...axisOptions, label: 'dB to the full run', size: 44 },
    ],
    series: [
      {},
      ...SERIES.map(({ colour: name, size, joined, hollow, kind }) => ({
        label: kind,
        stroke: colour(name),
        width: joined ? 2 : 0,
        spanGaps: true,
        ...(joined ? {} : { paths: () => null }),
        points: { show: true, size, width: 1.5, stroke: colour(name), fill: colour(hollow ? '--sheet' : name) },
      })),
    ],
  };
  probe.remove();
  return options;
}

function watchPointer(plot: UPlot, placed: readonly PlacedPoint[], onChoose: (point: CurvePoint) => void): void {
  const nearest = (event: MouseEvent): CurvePoint | null => {
    const distance = ({ point, x }: PlacedPoint): number =>
      Math.hypot(plot.valToPos(x, 'x') - event.offsetX, plot.valToPos(point.psnrDb, 'y') - event.offsetY);
    const [best] = placed.toSorted((a, b) => distance(a) - distance(b));
    return best !== undefined && distance(best) <= REACH ? best.point : null;
  };
  plot.over.addEventListener('pointermove', (event) => {
    const point = nearest(event);
    plot.over.classList.toggle('is-on-point', point !== null);
    plot.over.title = point === null ? '' : `${point.label}${point.isMultistep ? ', multistep' : ''}: ${point.psnrDb.toFixed(1)} dB`;
  });
  plot.over.addEventListener('click', (event) => {
    const point = nearest(event);
    if (point !== null) onChoose(point);
  });
}
