import { HORIZONS, type PeerRow } from './measure.ts';
import { pairwiseWins } from './verdicts.ts';

const CELL = { width: 46, height: 26 };
const NAMES = 190;
const HEAD = 64;
const GAP = 34;

/** Who has the lower quantile loss on how many loads, a panel a horizon: an SVG without script or font of its own. */
export function winsPicture(rows: readonly PeerRow[]): string {
  const panels = HORIZONS.map((horizon) => ({ horizon, ...pairwiseWins(rows, horizon) })).filter(
    (p) => p.methods.length > 1,
  );
  const most = Math.max(0, ...panels.map(({ methods }) => methods.length));
  const width = NAMES + most * CELL.width + 20;
  let y = 0;
  const drawn = panels.map((panel) => {
    const text = panelPicture(panel, y);
    y += HEAD + panel.methods.length * CELL.height + GAP;
    return text;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" font-family="system-ui, sans-serif" font-size="12" role="img">
<title>Share of loads on which the row's method has a lower quantile loss than the column's</title>
<rect width="100%" height="100%" fill="#fff"/>
${drawn.join('\n')}
</svg>
`;
}

interface Panel {
  readonly horizon: string;
  readonly methods: readonly string[];
  readonly wins: readonly (readonly number[])[];
}

function panelPicture({ horizon, methods, wins }: Panel, top: number): string {
  const parts = [
    label(
      10,
      top + 20,
      `${horizon} ahead: the row's method beats the column's on … % of the loads`,
      'font-weight="600"',
    ),
  ];
  methods.forEach((method, i) => {
    const x = NAMES + (i + 0.5) * CELL.width;
    parts.push(label(x, top + HEAD - 10, String(i + 1), 'text-anchor="middle"'));
    const y = top + HEAD + i * CELL.height;
    parts.push(label(NAMES - 10, y + 17, `${method} ${i + 1}`, 'text-anchor="end"'));
    wins[i]!.forEach((won, j) => {
      if (Number.isNaN(won)) return;
      const left = NAMES + j * CELL.width;
      const percent = Math.round(100 * won);
      parts.push(
        `<rect x="${left}" y="${y}" width="${CELL.width - 1}" height="${CELL.height - 1}" fill="${colour(won)}"/>`,
        label(left + CELL.width / 2, y + 17, String(percent), 'text-anchor="middle"'),
      );
    });
  });
  return parts.join('\n');
}

/** Blue where the row wins, orange where it loses, pale at a draw; dark text is legible on all of them. */
function colour(won: number): string {
  const strength = Math.abs(won - 0.5) * 2;
  const [r, g, b] = won >= 0.5 ? [94, 160, 220] : [240, 160, 90];
  const mix = (full: number) => Math.round(246 + (full - 246) * strength);
  return `rgb(${mix(r!)},${mix(g!)},${mix(b!)})`;
}

function label(x: number, y: number, text: string, more: string): string {
  return `<text x="${x}" y="${y}" fill="#1b1f24" ${more}>${escaped(text)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
