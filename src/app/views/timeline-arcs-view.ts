/** The arcs over the steps, one drawing a row. */
import type { ReuseArc } from '../timeline-arcs.ts';
import { ARC_HEIGHT, BAR_HEIGHT, arcPath, isInRow, reuseArcs } from '../timeline-arcs.ts';
import type { TimelineCell } from '../timeline-model.ts';

const SVG = 'http://www.w3.org/2000/svg';

export function drawArcs(box: HTMLElement, cells: readonly TimelineCell[], columns: number): void {
  const arcs = reuseArcs(cells);
  const rowCount = columns === 0 ? 0 : Math.ceil(cells.length / columns);
  const longest = Math.max(1, ...arcs.map(({ from, to }) => to - from));
  box.replaceChildren(
    ...Array.from({ length: rowCount }, (_, row) => {
      const svg = document.createElementNS(SVG, 'svg');
      svg.setAttribute('viewBox', `0 0 ${columns} ${ARC_HEIGHT + BAR_HEIGHT}`);
      svg.setAttribute('preserveAspectRatio', 'none');
      svg.append(...arcs.filter((arc) => isInRow(arc, row, columns)).map((arc) => drawArc(arc, row, columns, longest)));
      return svg;
    }),
  );
}

function drawArc(arc: ReuseArc, row: number, columns: number, longest: number): SVGPathElement {
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', arcPath(arc, row, columns, longest));
  path.setAttribute('class', `arc is-${arc.status}`);
  return path;
}
