import { at, type Markup, markup } from '../../../replay/report/page/markup.ts';
import type { Texts } from '../../../replay/report/texts/en.ts';
import { nameOf, type SavingsRow } from './savings-rows.ts';

const MOST_BARS = 15;
const ROW = 24;
const BAR = 8;
const NAMES = 300;
const BARS = 560;
const FIGURES = 100;

/** What the best replayed ones cost today, and what they would; the table has the same figures. */
export function savingsChart(rows: readonly SavingsRow[], currency: string, texts: Texts): Markup | undefined {
  const shown = rows
    .filter(({ basis, savedPer30Days }) => basis === 'replayed' && savedPer30Days > 0)
    .slice(0, MOST_BARS);
  if (shown.length === 0) return undefined;
  const most = Math.max(...shown.map(({ today }) => today.costPer30Days));
  const wide = (cost: number) => at((cost / most) * BARS);
  const { formats, savings: words } = texts;
  const height = shown.length * ROW + ROW;
  return markup`<figure><svg viewBox="0 0 ${NAMES + BARS + FIGURES} ${height}" role="img" aria-label="${words.chart}">
${shown.map((row, i) => {
  const y = i * ROW;
  const { today, prescale } = row;
  return markup`<text x="${NAMES - 8}" y="${y + 15}" text-anchor="end">${cut(nameOf(row))}</text><rect class="today" x="${NAMES}" y="${y + 3}" width="${wide(today.costPer30Days)}" height="${BAR}"/><rect class="own" x="${NAMES}" y="${y + 3 + BAR}" width="${wide(prescale?.costPer30Days ?? 0)}" height="${BAR}"/><text x="${NAMES + wide(today.costPer30Days) + 6}" y="${y + 15}">−${formats.threeDigits(row.savedPer30Days)}</text>
`;
})}</svg><figcaption>${words.caption(currency)}</figcaption></figure>`;
}

function cut(name: string): string {
  return name.length > 40 ? `${name.slice(0, 39)}…` : name;
}
