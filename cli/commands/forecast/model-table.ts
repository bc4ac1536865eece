import type { ComparedModel, Comparison } from '../../../forecaster/day-ahead/compare.ts';
import { backtestedDays } from '../../../forecaster/day-ahead/select.ts';
import { percent, threeDigits } from '../../../replay/report/wording.ts';
import { tableRows, wrapWords } from '../../terminal/text-table.ts';

const HEADER = ['model', 'loss', 'counts as', '÷ best', 'share', 'why it is not in, or not tested'];
const FIGURES = [1, 2, 3, 4];
const LEGEND =
  'loss: quantile loss over the backtested days, in % of the load. counts as: the loss times a factor that is known of the model before any backtest.';
const CSV_HEADER = ['model', 'loss_percent', 'counts_as_percent', 'times_best', 'share_percent', 'note'];
/** Losses this near each other are the same to a reader. */
const SAME = 0.0005;

/** The sentence, the table and what its columns are. @param columns of the text @param head how the table's head is set off @param terminal columns of the table at most */
export function comparisonText(
  comparison: Comparison,
  columns: number,
  head: (line: string) => string = (line) => line,
  terminal?: number,
): string[] {
  const layout = { figures: FIGURES, columns: terminal };
  const [titles = [], ...rows] = tableRows([HEADER, ...comparison.models.map(cells)], layout);
  return [
    ...wrapWords(comparisonSentence(comparison), columns),
    '',
    ...titles.map(head),
    ...rows.flat(),
    '',
    ...wrapWords(LEGEND, columns),
  ];
}

/** The same as data: shares are fractions, null is "not tested". */
export function comparisonJson(comparison: Comparison): object {
  return {
    summary: comparisonSentence(comparison),
    backtestedDays: comparison.backtestedDays,
    models: comparison.models.map(({ name, loss, handicap, timesBest, share, note }) => ({
      name,
      loss: loss ?? null,
      handicap: handicap ?? null,
      timesBest: timesBest ?? null,
      share,
      note: note ?? null,
    })),
  };
}

/** The same by rows; a figure that is not there is empty. */
export function* comparisonCsv({ models }: Comparison): Generator<string> {
  yield `${CSV_HEADER.join(',')}\n`;
  for (const model of models) {
    const { name, loss, timesBest, share, note } = model;
    const figures = [hundred(loss), hundred(countsAs(model)), timesBest ?? '', hundred(share)];
    yield `${[quoted(name), ...figures, quoted(note ?? '')].join(',')}\n`;
  }
}

/** Which models make the forecast, and by how much the best leads the next. */
export function comparisonSentence({ models, backtestedDays: days }: Comparison): string {
  const makers = models.filter(({ share }) => share > 0).toSorted((a, b) => b.share - a.share);
  const alone = makers.length === 1;
  const names = makers.map(({ name, share }) => (alone ? name : `${percent(share)} ${name}`)).join(' + ');
  const made = alone ? `${names} makes the forecast alone` : `${names} make the forecast`;
  const [best, next] = models.filter(({ loss }) => loss !== undefined);
  if (!best) return `${made}: the history is too short to compare models.`;
  const won = `over ${backtestedDays(days)} ${best.name} comes first, with a loss of ${loss(best)} of the load`;
  return `${made}; ${won}${next ? `; the next ${behind(next)}: ${next.name}` : ''}.`;
}

function behind({ timesBest }: ComparedModel): string {
  if (timesBest === undefined) return 'counts more';
  if (timesBest - 1 < SAME) return 'counts as much';
  return timesBest < 2 ? `counts ${percent(timesBest - 1)} more` : `counts ${threeDigits(timesBest)} times as much`;
}

/** The loss in words, with its handicap where it has one: what follows is compared by both. */
function loss(model: ComparedModel): string {
  const { handicap } = model;
  const counted = handicap === 1 ? '' : ` (that counts as ${twoDecimals(countsAs(model))})`;
  return `${twoDecimals(model.loss)}${counted}`;
}

function cells(model: ComparedModel): string[] {
  const { name, timesBest, share, note } = model;
  return [
    name,
    twoDecimals(model.loss),
    twoDecimals(countsAs(model)),
    timesBest?.toFixed(3) ?? '–',
    share > 0 ? percent(share) : '–',
    note ?? '',
  ];
}

function countsAs({ loss, handicap }: ComparedModel): number | undefined {
  return loss === undefined || handicap === undefined ? undefined : loss * handicap;
}

function twoDecimals(fraction: number | undefined): string {
  return fraction === undefined ? '–' : `${(100 * fraction).toFixed(2)} %`;
}

/** A fraction in percent, without what binary fractions leave at the end. */
function hundred(fraction: number | undefined): number | '' {
  return fraction === undefined ? '' : Number((100 * fraction).toPrecision(12));
}

/** Names have commas in them (RFC 4180). */
function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
