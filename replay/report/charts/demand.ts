import { DAY_SECONDS } from '../../../core/series.ts';
import { type ReplayResult, TICK_SECONDS } from '../../result.ts';
import { type Markup, markup } from '../page/markup.ts';
import { note, section } from '../page/section.ts';
import type { Texts } from '../texts/en.ts';

/** With more days than this the buttons stand for weeks. */
const MOST_DAY_BUTTONS = 21;

/** The place of the demand chart, which the page's script draws. */
export function demandSection(result: ReplayResult, texts: Texts): Markup {
  const { demand, page } = texts;
  return section(
    'demand',
    demand.heading,
    note(`${demand.note}${page.sentenceGap}${demand.marks}`),
    markup`<div id="days" role="group" aria-label="${demand.zoom}">${spanButtons(result, texts)}</div>
<div id="demand-chart" class="chart" data-label="${demand.label}"></div>
<noscript><p>${page.noScript}</p></noscript>`,
  );
}

/** “All” and a button for each UTC day, or each week of a long span. */
function spanButtons({ timeline }: ReplayResult, { demand, formats }: Texts): Markup {
  const start = timeline.startSeconds;
  const end = start + (timeline.demand.length - 1) * TICK_SECONDS;
  const midnight = Math.floor(start / DAY_SECONDS) * DAY_SECONDS;
  const width = (end - midnight) / DAY_SECONDS > MOST_DAY_BUTTONS ? 7 * DAY_SECONDS : DAY_SECONDS;
  const buttons: Markup[] = [];
  for (let from = midnight; from < end; from += width) {
    const label = width === DAY_SECONDS ? formats.weekday(from) : demand.weekOf(from);
    buttons.push(
      markup`<button type="button" data-from="${from}" data-to="${from + width}" aria-pressed="false">${label}</button>`,
    );
  }
  return markup`<button type="button" aria-pressed="true">${demand.all}</button>${buttons}`;
}
