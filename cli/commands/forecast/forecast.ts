import pc from 'picocolors';
import type { Trace } from '../../../collector/trace/read-trace.io.ts';
import type { Calendar } from '../../../core/calendar/calendar.ts';
import { InputError } from '../../../core/errors.ts';
import type { Forecast } from '../../../core/forecast.ts';
import { resample } from '../../../core/resample.ts';
import {
  DAY_SECONDS,
  endSeconds,
  HOUR_SECONDS,
  MINUTE_SECONDS,
  type Samples,
  type Series,
} from '../../../core/series.ts';
import { formatInstant } from '../../../core/timestamp.ts';
import { forecastWithCorrection } from '../../../forecaster/day-ahead/forecast.ts';
import { forecastFromNewest } from '../../../forecaster/day-ahead/join-estimate.ts';
import { localSeries } from '../../../forecaster/day-ahead/local-time.ts';
import { duration, percent, threeDigits } from '../../../replay/report/wording.ts';
import { parseCalendar } from '../../options/calendar-option.ts';
import { parseDuration } from '../../options/options.ts';
import type { OutputFlags, OutputForm } from '../../options/output-option.ts';
import { type PrometheusFlags, parsePrometheus } from '../../options/prometheus-options.ts';
import { parseReading } from '../../options/reading-flags.ts';
import type { ReadingFlags } from '../../options/reading-options.ts';
import { readPlayable } from '../../options/trace-input.ts';
import { parseKind, type TraceKindFlags } from '../../options/trace-options.ts';
import { fitLines } from '../../terminal/fit-lines.ts';
import { wantsColours, writeData, writeStyled } from '../../terminal/output.ts';
import { CHART_MARGIN, terminalChart } from '../../terminal/terminal-chart.ts';
import { outColumns } from '../../terminal/terminal-columns.ts';
import { wrapWords } from '../../terminal/text-table.ts';
import { writeForm } from '../../terminal/write-form.ts';
import { comparisonCsv, comparisonJson, comparisonText } from './model-table.ts';

/** The quantiles that a person is shown; JSON and CSV have all of them. */
const SHOWN_LEVELS = [0.5, 0.95, 0.99];
const TEXT_COLUMNS = 88;
const FACT_MARGIN = 11;
/** Of the table by hours, with whole dates. */
const TABLE_COLUMNS = 56;
/** Older load says little of tomorrow, and a model of years of minutes takes a gigabyte. */
const MOST_HISTORY_SECONDS = 400 * DAY_SECONDS;
const LEAST_MINUTES = 30;
const CHART = { width: 72, height: 14 };

/** Thirteen thousand numbers on as many lines help nobody. */
const NO_INDENT = 0;

/** As they were typed. */
export interface ForecastFlags extends PrometheusFlags, TraceKindFlags, ReadingFlags, OutputFlags<OutputForm | 'csv'> {
  readonly history?: string;
  readonly holidays?: string;
  readonly chart: boolean;
  readonly compare: boolean;
}

/** `prescale forecast [trace]`: periods, model and why, and the 24 hours after the trace; or all models, compared. */
export async function runForecast(argument: string | undefined, flags: ForecastFlags): Promise<void> {
  const { output, timezone, holidays } = flags;
  const asked = flags.history === undefined ? undefined : parseDuration({ option: '--history', text: flags.history });
  if (flags.chart && output !== 'table')
    throw new InputError(`--chart draws for people; it does not go with --output ${output}`);
  if (flags.chart && flags.compare)
    throw new InputError('--compare conflicts with --chart: it prints a table of the models instead of the forecast');
  const prometheus = parsePrometheus(flags, process.env, Date.now() / 1000);
  const reading = parseReading(flags, argument !== undefined);
  const trace = await readPlayable({ argument, prometheus, kind: parseKind(flags), reading });
  const history = resample(lastSeconds(trace, asked), MINUTE_SECONDS);
  const known = history.values.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
  if (known < LEAST_MINUTES) {
    throw new InputError(`${trace.where}: found data in ${known} of its minutes; expected at least ${LEAST_MINUTES}`);
  }
  const calendar = await parseCalendar({ timezone, holidays });
  if (flags.compare) return writeComparison(trace, history, output, calendar);
  const forecast = forecastFromNewest(history, calendar === undefined ? {} : { calendar });
  if (output === 'csv') return writeData(csvForecast(forecast));
  if (output !== 'table') return writeForm(output, jsonForecast(trace, forecast), NO_INDENT);
  const colours = pc.createColors(wantsColours(process.stdout, process.env));
  const chart = flags.chart ? ['', ...chartLines(history, forecast)] : [];
  const lines = [...summary(trace, history, forecast, colours), ...chart, '', ...hourlyTable(forecast, colours)];
  await writeStyled(`${fitLines(lines, outColumns()).join('\n')}\n`);
}

async function writeComparison(
  trace: Trace,
  history: Series,
  output: ForecastFlags['output'],
  calendar: Calendar | undefined,
): Promise<void> {
  const { comparison } = calendar
    ? forecastWithCorrection(localSeries(history, calendar.offsetSeconds), { calendar })
    : forecastWithCorrection(history);
  const originSeconds = endSeconds(history);
  const compared = comparison();
  if (output === 'csv') return writeData(comparisonCsv(compared));
  if (output !== 'table') {
    const { source, sha256 } = trace;
    const facts = { schemaVersion: 1, trace: { source, sha256 }, originSeconds, ...comparisonJson(compared) };
    return writeForm(output, facts, NO_INDENT);
  }
  const { bold } = pc.createColors(wantsColours(process.stdout, process.env));
  const title = `${trace.source}: the models for the 24 hours from ${formatInstant(originSeconds)}`;
  const lines = [bold(title), '', ...comparisonText(compared, textColumns(), bold, outColumns())];
  await writeStyled(`${fitLines(lines, outColumns()).join('\n')}\n`);
}

/** What a line of text may take. */
function textColumns(): number {
  return Math.min(TEXT_COLUMNS, outColumns() ?? TEXT_COLUMNS);
}

/** The newest part of a trace. @throws InputError where there is less than an hour, or less than was asked for */
function lastSeconds({ samples, source, where }: Trace, asked: number | undefined): Samples {
  const { times, values } = samples;
  const span = times.at(-1)! - times[0]!;
  if (span < HOUR_SECONDS) throw new InputError(`${where}: found ${duration(span)} of data; expected at least an hour`);
  if (asked === undefined && span <= MOST_HISTORY_SECONDS) return samples;
  if (asked !== undefined && asked > span + MINUTE_SECONDS) {
    throw new InputError(
      `--history: found ${duration(asked)}; expected at most the ${duration(span)} that ${source} holds`,
    );
  }
  const from = times.findIndex((time) => time > times.at(-1)! - (asked ?? MOST_HISTORY_SECONDS));
  return { times: times.slice(from), values: values.slice(from) };
}

function jsonForecast({ source, sha256 }: Trace, forecast: Forecast): object {
  const { originSeconds, stepSeconds, model, why, periodicity, levels, values } = forecast;
  return {
    schemaVersion: 1,
    trace: { source, sha256 },
    originSeconds,
    stepSeconds,
    model,
    why,
    periods: periodicity.periods,
    periodReason: periodicity.reason,
    levels,
    values: values.map((quantile) => Array.from(quantile)),
  };
}

function* csvForecast({ originSeconds, stepSeconds, levels, values }: Forecast): Generator<string> {
  yield `timestamp,${levels.map((level) => `p${Number((level * 100).toFixed(6))}`).join(',')}\n`;
  for (let h = 0; h < values[0]!.length; h++) {
    yield `${originSeconds + h * stepSeconds},${values.map((quantile) => quantile[h]).join(',')}\n`;
  }
}

type Colours = ReturnType<typeof pc.createColors>;

function summary({ source }: Trace, history: Series, forecast: Forecast, colours: Colours): string[] {
  const { periods, reason } = forecast.periodicity;
  const found = periods
    .map(({ seconds, strength }) => `${duration(seconds)} (explains ${percent(strength)})`)
    .join(', ');
  const facts: [string, string][] = [
    ['history', duration(history.values.length * history.stepSeconds)],
    ['periods', found || `none: ${reason}`],
    ['model', forecast.model],
    ['why', forecast.why],
  ];
  const title = `${source}: the 24 hours from ${formatInstant(forecast.originSeconds)}`;
  return [colours.bold(title), '', ...facts.flatMap(([name, text]) => factLines(name, text))];
}

/** A name and its text, wrapped under itself. */
function factLines(name: string, text: string): string[] {
  return wrapWords(text, textColumns() - FACT_MARGIN).map((part, i) => `  ${(i === 0 ? name : '').padEnd(9)}${part}`);
}

function hourlyTable({ originSeconds, stepSeconds, levels, values }: Forecast, colours: Colours): string[] {
  const perHour = Math.max(1, Math.round(HOUR_SECONDS / stepSeconds));
  const shown = SHOWN_LEVELS.map((level) => values[levels.indexOf(level)]).filter((quantile) => quantile !== undefined);
  const isNarrow = textColumns() < TABLE_COLUMNS;
  const [first, width] = isNarrow ? [11, 9] : [18, 12];
  const titles = isNarrow
    ? ['UTC', 'mean', '95 %', '99 %']
    : ['hour from (UTC)', 'usual mean', '95 % peak', '99 % peak'];
  const head = `  ${titles[0]!.padEnd(first)}${titles
    .slice(1)
    .map((title) => title.padStart(width))
    .join('')}`;
  const lines = [colours.bold(head)];
  for (let h = 0; h < values[0]!.length; h += perHour) {
    const time = formatInstant(originSeconds + h * stepSeconds)
      .slice(isNarrow ? 5 : 0, 16)
      .replace('T', ' ');
    const cells = shown.map((quantile, i) => {
      const hour = quantile.subarray(h, h + perHour);
      // The median's mean is the usual load of the hour; of the upper levels the highest minute is what needs pods.
      const figure =
        i === 0 ? hour.reduce((sum, v) => sum + v, 0) / hour.length : hour.reduce((max, v) => Math.max(max, v), 0);
      return threeDigits(figure).padStart(width);
    });
    lines.push(`  ${time.padEnd(first)}${cells.join('')}`);
  }
  return lines;
}

/** The last day of the history and the forecast day after it. */
function chartLines(history: Series, { values, levels, originSeconds, stepSeconds }: Forecast): string[] {
  const day = Math.round(DAY_SECONDS / history.stepSeconds);
  const past = history.values.slice(-day);
  const ahead = values[0]!.length;
  const pad = (length: number) => new Float64Array(length).fill(Number.NaN);
  const join = (a: Float64Array, b: Float64Array) => Float64Array.from([...a, ...b]);
  const upper = values[levels.indexOf(0.95)]!;
  const lines = [
    { values: join(past, pad(ahead)) },
    { values: join(pad(past.length), values[0]!) },
    { values: join(pad(past.length), upper), dotted: true },
  ];
  const span = past.length * history.stepSeconds + ahead * stepSeconds;
  const start = originSeconds - past.length * history.stepSeconds;
  const marks = [0, 0.25, 0.5, 0.75].map(
    (position) => [position, formatInstant(start + position * span).slice(5, 16)] as const,
  );
  return [
    ...terminalChart(lines, { ...CHART, width: Math.min(CHART.width, textColumns() - CHART_MARGIN), marks }),
    ...fitLines(
      ['  Left half: the last day. Right half: the median, dotted its 95 % level. Times are UTC.'],
      outColumns(),
    ),
  ];
}
