import { DAY_SECONDS } from '../../core/series.ts';
import { at, type Markup, markup } from '../../replay/report/page/markup.ts';
import { note, section } from '../../replay/report/page/section.ts';
import { type ReplaySettings, TICK_SECONDS, type Timeline } from '../../replay/result.ts';

const WIDTH = 360;
const PLOT = { left: 10, right: 350, top: 20, bottom: 180 };

/** The part of a ReplayResult that the chart shows. */
interface Replayed {
  readonly timeline: Pick<Timeline, 'startSeconds' | 'demand'>;
  readonly settings: Pick<ReplaySettings, 'podCapacity'>;
}

/** The largest demand of each UTC day of the replay, in pods; a day without data has no bar. */
export function dailyPeaks({ timeline, settings }: Replayed): Map<number, number> {
  const peaks = new Map<number, number>();
  for (const [i, demand] of timeline.demand.entries()) {
    if (Number.isNaN(demand)) continue;
    const day = Math.floor((timeline.startSeconds + i * TICK_SECONDS) / DAY_SECONDS);
    peaks.set(day, Math.max(peaks.get(day) ?? 0, demand / settings.podCapacity));
  }
  return peaks;
}

/** A bar a day. SVG made on the server needs no script; its words would come from `texts/`, in both languages. */
export function dailyPeakSection(result: Replayed): Markup {
  const peaks = [...dailyPeaks(result)];
  const most = Math.max(...peaks.map(([, pods]) => pods), 1);
  const slot = (PLOT.right - PLOT.left) / Math.max(1, peaks.length);
  const bars = peaks.map(([day, pods], i) => {
    const height = ((PLOT.bottom - PLOT.top) * pods) / most;
    const date = new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 10);
    const x = PLOT.left + i * slot;
    return markup`<rect class="bar base" x="${at(x)}" y="${at(PLOT.bottom - height)}" width="${at(slot * 0.8)}" height="${at(height)}"><title>${date}: ${Math.ceil(pods)} pods</title></rect>`;
  });
  return section(
    'daily-peaks',
    'Largest demand a day',
    note('In pods, rounded up. UTC days.'),
    markup`<figure><svg viewBox="0 0 ${WIDTH} 200" role="img" aria-label="Largest demand of ${peaks.length} days">${bars}</svg></figure>`,
  );
}
