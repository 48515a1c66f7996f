/** Tables and replaceable sections of a Markdown file. */

/** @param rows of as many cells as the title; the first column is text, the others figures. */
export function table(title: readonly string[], rows: readonly (readonly string[])[], textColumns = 1): string {
  const rule = title.map((_, column) => (column < textColumns ? '---' : '--:'));
  return [title, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The text with the part between the two marks replaced, or put at its end under a heading. */
export function withSection(text: string, name: string, heading: string, section: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  const body = `${begin}\n${section}\n${end}`;
  if (from === -1 || to < from) return `${text.trimEnd()}\n\n## ${heading}\n\n${body}\n`;
  return text.slice(0, from) + body + text.slice(to + end.length);
}

export const withInterval = (value: number, [low, high]: readonly [number, number], digits: number): string => `${value.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;

export const percent = (share: number | null, digits = 0): string => (share === null ? 'never' : `${(100 * share).toFixed(digits)} %`);
