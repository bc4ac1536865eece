import { HOUR_SECONDS, type Series, timeAt, WEEK_SECONDS } from '../../../core/series.ts';
import { at, type Markup, markup } from '../page/markup.ts';
import { note, section } from '../page/section.ts';
import type { Texts } from '../texts/en.ts';

/** 1970-01-05 was a Monday. */
const MONDAY = 4 * 86_400;

const LEFT = 34;
const TOP = 4;
const CELL = { width: 13.4, height: 22 };
const WIDTH = LEFT + 24 * CELL.width + 2;
const HEIGHT = TOP + 7 * CELL.height + 44;

/** The mean demand of each hour of the week, Monday 0 h first, UTC; NaN where the trace has nothing. */
function hourOfWeekMeans(trace: Series): Float64Array {
  const sums = new Float64Array(168);
  const counts = new Float64Array(168);
  for (let i = 0; i < trace.values.length; i++) {
    const value = trace.values[i]!;
    if (Number.isNaN(value)) continue;
    const intoWeek = (((timeAt(trace, i) - MONDAY) % WEEK_SECONDS) + WEEK_SECONDS) % WEEK_SECONDS;
    const hour = Math.floor(intoWeek / HOUR_SECONDS);
    sums[hour]! += value;
    counts[hour]!++;
  }
  return sums.map((sum, hour) => sum / counts[hour]!);
}

export function weekSection(trace: Series, texts: Texts): Markup {
  const { heading, note: hint } = texts.week;
  return section('week', heading, note(hint), markup`<figure>${weekHeatMapSvg(trace, texts)}</figure>`);
}

/** Seven rows of twenty-four cells; the darker, the more demand. */
function weekHeatMapSvg(trace: Series, texts: Texts): Markup {
  const { week } = texts;
  const means = hourOfWeekMeans(trace);
  const known = [...means].filter((mean) => !Number.isNaN(mean));
  const high = Math.max(...known, 0);
  const peak = means.indexOf(high);
  const label = known.length === 0 ? week.noData : week.label(week.days[Math.floor(peak / 24)]!, peak % 24);
  return markup`<svg viewBox="0 0 ${at(WIDTH)} ${HEIGHT}" role="img" aria-label="${label}">
${week.days.map((day, row) => markup`<text x="${LEFT - 6}" y="${TOP + row * CELL.height + 15}" text-anchor="end">${day}</text>`)}
${[...means].map((mean, hour) => cell(mean, hour, high, texts))}
${[0, 4, 8, 12, 16, 20].map(hourLabel)}
${scale(high, texts)}
</svg>`;
}

function cell(mean: number, hour: number, high: number, { week, formats }: Texts): Markup {
  const row = Math.floor(hour / 24);
  const column = hour % 24;
  const x = at(LEFT + column * CELL.width);
  const y = TOP + row * CELL.height;
  const meaning = (value: string) => week.cell(week.days[row]!, column, value);
  if (Number.isNaN(mean)) {
    return markup`<rect class="no-data" x="${x}" y="${y}" width="12.6" height="21"><title>${meaning(week.cellNoData)}</title></rect>`;
  }
  const share = high > 0 ? mean / high : 0;
  return markup`<rect class="heat" x="${x}" y="${y}" width="12.6" height="21" fill-opacity="${at(
    0.06 + 0.94 * share,
  )}"><title>${meaning(formats.threeDigits(mean))}</title></rect>`;
}

function hourLabel(hour: number): Markup {
  return markup`<text x="${at(LEFT + hour * CELL.width)}" y="${TOP + 7 * CELL.height + 14}">${hour}:00</text>`;
}

function scale(high: number, { week, formats }: Texts): Markup {
  const y = TOP + 7 * CELL.height + 24;
  const steps = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const from = LEFT + 16;
  return markup`<text x="${LEFT}" y="${y + 12}">0</text>${steps.map(
    (share, i) =>
      markup`<rect class="heat" x="${from + i * 18}" y="${y + 2}" width="17" height="11" fill-opacity="${at(
        0.06 + 0.94 * share,
      )}"/>`,
  )}<text x="${from + 6 * 18 + 5}" y="${y + 12}">${week.scale(formats.threeDigits(high))}</text>`;
}
