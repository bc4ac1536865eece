import type { PlanReason } from '../../core/decision.ts';
import type { ReplayResult, Report } from '../result.ts';
import { type Markup, markup } from './markup.ts';
import { basisPoints, duration, instant, observationWords, percent, thousands, threeDigits } from './wording.ts';

/** How the figures came about: replay's rules in short, with this replay's settings. */
export function method(report: Report, { settings, leadSeconds }: ReplayResult): Markup {
  const { p50Seconds, p90Seconds, p99Seconds } = report.startup;
  const bounds = `at least ${settings.min}${Number.isFinite(settings.max) ? `, at most ${settings.max}` : ''}`;
  const rules = [
    markup`<strong>Clock.</strong> A tick is 15 s. The first is ${duration(settings.historySeconds)} after the trace's start. Demand between two samples at most two steps apart is ${report.filling ? 'made up, as rough as the trace itself' : 'interpolated'}; elsewhere there is no data, and such ticks count for nobody.`,
    markup`<strong>What a policy knows.</strong> At tick t every policy but the oracle sees ${observationWords(report.observation)}, as Prometheus would have given it at t − 15 s, and what came before. The forecast is made for ${duration(leadSeconds)} ahead.`,
    markup`<strong>Pods.</strong> One Ready pod serves ${threeDigits(report.podCapacity)} in the trace's unit. A pod is Ready some time after its creation: p50 ${duration(p50Seconds)}, p90 ${duration(p90Seconds)}, p99 ${duration(p99Seconds)}; the k-th pod waits equally long under every policy (seed ${report.seed}). Replicas: ${bounds}. A removed pod leaves at once.`,
    markup`<strong>hpa.</strong> desired = ⌈observed ÷ (capacity × ${percent(settings.hpaTarget)})⌉, no action within ±10 %, at most max(100 %, 4 pods) more per tick, down to the largest recommendation of 300 s. <strong>hpa-tuned</strong> is the cheapest of the targets 30, 35 … 95 % that keeps the promise in hindsight.`,
    markup`<strong>cron.</strong> For each hour of the week (of the day under 14 days of history) the largest need in the history, switched on one start-up p90 early. <strong>oracle</strong> knows the demand until the pods that it is about to create are Ready.`,
    markup`<strong>Cost</strong> = pod-hours (all pods that exist, Ready or not) × the price of a pod-hour by the price book. <strong>Unmet demand</strong> = Σ max(0, demand − ready × capacity) ÷ Σ demand, in basis points (1 bp = 0.01 %); the promise is ${basisPoints(report.unmetTargetBp)} bp. <strong>Lead</strong> = the median time by which a pod was Ready before the demand that needed it.`,
    markup`<strong>Break-even.</strong> A pod that runs more than ${report.breakEven.thresholdHoursPerDay.toFixed(1)} h a day is cheaper on a resident ECS instance than on ECI at the price book's prices.`,
  ];
  return markup`<ul class="method">${rules.map((rule) => markup`<li>${rule}</li>`)}</ul>
<p>Every figure can be computed again from <code>timeline.csv</code>; the same trace and seed give the same bytes.</p>`;
}

/** What was replayed, as pairs of a name and a value. */
export function facts(report: Report, { settings }: ReplayResult): Markup {
  const { trace, period, forecast } = report;
  const accuracy =
    forecast.wape === null
      ? 'nothing to compare with'
      : `WAPE ${percent(forecast.wape)}, weighted quantile loss ${(forecast.wql ?? 0).toFixed(3)}, ${percent(
          forecast.coverage95 ?? 0,
        )} of demand under the 95 % level`;
  const pairs: (readonly [string, string])[] = [
    ['Trace', `${trace.source} (a value every ${duration(trace.stepSeconds)})`],
    ['SHA-256', trace.sha256],
    [
      'Replayed',
      `${instant(trace.start)} to ${instant(trace.end)} UTC, after ${duration(settings.historySeconds)} of history`,
    ],
    ['Without data', percent(trace.noDataFraction)],
    [
      'Period',
      period.found ? period.reason.replace(/^periods?: /, '') : period.reason.replace(/^no period: /, 'none: '),
    ],
    ['Day-ahead model', dayAheadModel(report)],
    [`Forecast ${duration(forecast.leadSeconds)} ahead`, accuracy],
    ...priceRow(report),
    ['Made by', `prescale ${report.tool.version}`],
  ];
  return markup`<dl>${pairs.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** The model and why it was chosen, each once: a reason often begins with the model and ends with the period. */
function dayAheadModel({ forecast: { model, why }, period }: Report): string {
  const own = why.replace(`; ${period.reason}`, '');
  return own.startsWith(model) ? own : `${model}: ${own}`;
}

function priceRow({ prices, policies }: Report): (readonly [string, string])[] {
  const currency = Object.values(policies)[0]?.currency;
  if (prices === undefined || currency === undefined) return [];
  return [['Prices', `${currency} ${threeDigits(prices.podHour)} a pod-hour on ECI: ${prices.source}, ${prices.date}`]];
}

/** The rules of the plan for somebody who has not read its code. */
const RULES: Readonly<Record<PlanReason, string>> = {
  forecast: 'the expected peak of the lead time and its margin',
  'forecast-expired': 'no refit came in time: the reactive floor alone (live only)',
  headroom: 'the observed load and its margin: it was the higher one',
  reactive: "the HPA's rule: prediction did not pay on the history",
  'catch-up': 'demand was failing: spare pods are started too',
  'need-limit': 'bounded: 1.3 times the need of the last ten minutes and one pod',
  'unusually-low': 'far less load than this hour usually has: nothing removed',
  stabilization: 'a higher need of the last minutes is kept',
  min: 'the lower bound',
  max: 'the upper bound',
  'no-data': 'no observation: nothing changed',
};

/** What decided, most frequent first. */
export function reasonsTable(reasons: ReplayResult['reasons']): Markup {
  const rows = Object.entries(reasons).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const all = rows.reduce((sum, [, ticks]) => sum + ticks, 0);
  if (all === 0) return markup`<p>The predictive policy took no decisions.</p>`;
  return markup`<table class="reasons"><thead><tr><th scope="col">Reason</th><th scope="col">Decisions</th><th scope="col">Share</th></tr></thead>
<tbody>${rows.map(
    ([
      reason,
      ticks,
    ]) => markup`<tr><th scope="row">${reason}<small>${RULES[reason as PlanReason] ?? ''}</small></th><td>${thousands(ticks)}</td><td>${ticks / all < 0.0005 ? '< 0.1 %' : percent(ticks / all)} <svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="${Math.max(
      0.5,
      (ticks / all) * 100,
    ).toFixed(1)}" height="8"/></svg></td></tr>
`,
  )}</tbody></table>`;
}
