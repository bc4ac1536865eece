import type { PlanReason } from '../../../core/decision.ts';
import type { Filling } from '../../filling/fill.ts';
import { hpaFacts } from '../../hpa-manifest/hpa-facts.ts';
import type { HpaManifest } from '../../hpa-manifest/hpa-manifest.ts';
import type { Finding, PolicyName } from '../../result.ts';
import { type Facts, recommendationSentences } from '../recommendation-text.ts';
import { keepUnits, rateOver } from '../wording.ts';
import { enFormats as f } from './en-formats.ts';
import { enGlossary } from './en-glossary.ts';
import { enIndex } from './en-index.ts';
import { enSavings } from './en-savings.ts';

const pods = (n: number) => {
  const shown = Number(n.toFixed(1));
  return `${f.number(shown, 1)}\u00a0${f.plural(shown, { one: 'pod', other: 'pods' })}`;
};

/** Every text of the report. What another language must have is what this one has: no more, no less. */
export const en = {
  htmlLang: 'en',
  formats: f,
  glossary: enGlossary,

  /** What the figures say, in sentences that each end with a full stop; the first is the headline. */
  recommendation: (facts: Facts) => recommendationSentences(facts).map(keepUnits),

  /** A finding about the trace in the page's language; undefined: it has only the words of report.json, which are English. */
  finding: (finding: Finding): string | undefined => keepUnits(finding.text),

  page: {
    title: (source: string) => `Prescale: ${source}`,
    over: (source: string, from: number, to: number) =>
      `Prescale replay of ${source} · ${f.instant(from)} to ${f.instant(to)} UTC`,
    findings: 'Before you read the figures',
    severity: { note: 'Note', warning: 'Warning' },
    sentenceGap: ' ',
    noScript: 'The chart needs JavaScript; every figure is in the table above.',
    glossary: 'Glossary',
  },

  policies: {
    predictive: 'Prescale, as it would run in the cluster',
    hpa: 'the Kubernetes HPA with its default behaviour',
    'hpa-tuned': 'the HPA with the target and window that were best in hindsight',
    cron: 'a CronHPA as a careful operator writes it',
    'fixed-max': 'the peak need, all the time (hindsight)',
    fixed: 'your fixed number of replicas',
    oracle: 'knows the future: the floor under every cost',
  } satisfies Record<PolicyName, string>,
  yourHpa: 'your HPA, from its manifest',

  /** Policies inside a sentence. */
  named: {
    predictive: 'Prescale',
    hpa: 'the default HPA',
    'hpa-tuned': 'the best-tuned HPA',
    cron: 'a careful CronHPA',
    'fixed-max': 'fixed replicas at the peak',
    fixed: 'your fixed replicas',
    oracle: 'the oracle',
  } satisfies Record<PolicyName, string>,
  namedYourHpa: 'your HPA',

  figures: {
    less: (share: number) => `−${f.percent(share)}`,
    more: (share: number) => `+${f.percent(share)}`,
    costAgainst: (policy: string) => `cost against ${policy}`,
    insteadOf: (ours: string, theirs: string) => `${ours} instead of ${theirs} in 30 days`,
    served: 'of demand served',
    /** @param used share of the error budget; null where the SLO is 100 % and there is none. */
    sloKept: (targetBp: number, used: number | null) =>
      `SLO ${f.slo(targetBp)} kept${used === null ? '' : `, ${f.percent(used)} of the error budget used`}`,
    sloBroken: (targetBp: number, used: number | null) =>
      `SLO ${f.slo(targetBp)} not kept${used === null ? '' : `: ${f.threeDigits(used)} times the error budget`}`,
    starts: 'pod starts a day',
    startsOf: (policy: string, starts: number) => `${f.number(starts)} under ${policy}`,
    oracle: 'times the effort of the oracle',
    oracleFloor: '1.00 is the floor',
  },

  table: {
    heading: 'Policies compared',
    caption: 'Cost and service of each policy',
    note: 'All pods elastic. ✓ and ✗: whether the SLO was kept. Under-provisioned: for how long, and the most pods that were missing.',
    policy: 'Policy',
    cost: 'Cost in 30\u00a0days',
    againstHpa: 'Against the HPA',
    againstTuned: 'Against the tuned HPA',
    same: 'the same',
    served: 'Served',
    kept: 'SLO kept',
    broken: 'SLO not kept',
    underProvisioned: 'Under-provisioned',
    missingAtMost: (missing: number) => `up to ${pods(missing)}`,
    starts: 'Pod starts a day',
    saturation: 'Saturation p95\u00a0/\u00a0p99',
    readyAhead: 'Ready ahead',
    oracle: '×\u00a0oracle',
    podHours: 'Pod-hours',
    withWindow: (policy: string, seconds: number) => `${policy}; scale-down window ${f.duration(seconds)}`,
  },

  money: {
    heading: 'Money, for this one workload',
    basis: (days: number) =>
      `A day is the mean of ${f.duration(days * 86_400)} replayed; 30 days and a year (365 days) are extrapolated from it. All pods elastic.`,
    baseBasis: (n: number, product: string | undefined) =>
      `Last row: ${pods(n)} on resident nodes${product === undefined ? '' : ` (${product})`}, the rest elastic.`,
    day: 'A day',
    month: '30\u00a0days',
    year: 'A year',
    against: 'A year, against the HPA',
    withBase: 'predictive, with resident nodes',
  },

  demand: {
    heading: 'Demand, and the capacity that was ready for it',
    note: 'The capacity is the least, the demand the largest within a point. Right axis: pods. Drag to zoom; a double click or “All” resets. Times in UTC.',
    marks: 'A circle marks demand above the ready capacity; its area is the number of pods that were missing.',
    label: 'Demand over time with the ready capacity of the predictive policy and of the HPA',
    zoom: 'Zoom',
    all: 'All',
    weekOf: (from: number) => `week of ${f.date(from)}`,
  },

  frontier: {
    heading: 'Cost against unmet demand',
    note: 'Left is cheaper, down is safer.',
    label: (policies: readonly string[]) => `Cost against unmet demand. ${policies.join('; ')}.`,
    point: (policy: string, cost: string, served: string) => `${policy}: ${cost}, ${served} served`,
    costAxis: (currency: string, log: boolean) => `cost, ${currency}${log ? ' (logarithmic)' : ''}`,
    unmetAxis: 'unmet demand',
    slo: (targetBp: number) => `SLO ${f.slo(targetBp)}`,
  },

  ranks: {
    heading: 'How long each pod runs',
    resident: (product: string | undefined) => `resident nodes${product === undefined ? '' : ` (${product})`}`,
    elastic: (product: string | undefined) => `elastic pods${product === undefined ? '' : ` (${product})`}`,
    residentPods: (n: number, saving: number) => `${pods(n)}, saving ${f.percent(saving)} more`,
    label: (resident: number, all: number, hours: number) =>
      `Hours a day by pod rank. ${resident} of ${all} pods run more than ${f.number(hours, 1)} hours a day.`,
    breakEven: (hours: number) => `break-even: ${f.number(hours, 1)} h a day`,
    rankAxis: 'the n-th pod',
    hoursAxis: 'hours a day',
    noResident: 'the price book has none, so every pod is elastic',
    assumption: 'Assumption: no source gives the price of a resident node. The break-even and the saving rest on it.',
  },

  /** A model as a reader knows it. */
  model: (name: string) => name,

  fan: {
    heading: 'The forecast a day ahead, and what came',
    note: (origin: number, model: string, seconds: number) =>
      `Made at ${f.instant(origin)} UTC by ${model}, ${f.duration(seconds)} ahead: the median and the levels above it that demand should stay under with that probability. Decisions use newer forecasts, made every sync period.`,
    label: 'Day-ahead forecast quantiles and the demand that came',
  },

  week: {
    heading: 'The load by hour of the week',
    note: 'Mean demand over the whole trace, hours in UTC.',
    days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
    label: (day: string, hour: number) =>
      `Mean demand by hour of the week, UTC. The busiest hour is ${day} ${hour}:00.`,
    noData: 'No data.',
    cell: (day: string, hour: number, value: string) => `${day} ${hour}:00: ${value}`,
    cellNoData: 'no data',
    scale: (most: string) => `${most} mean demand`,
  },

  reasons: {
    heading: 'Why Prescale decided what it did',
    note: (seconds: number) =>
      `Decisions of the predictive policy, one every ${f.duration(seconds)}, by the rule that decided.`,
    none: 'The predictive policy took no decisions.',
    rule: 'Rule',
    decisions: 'Decisions',
    share: 'Share',
    belowTenth: `< ${f.percent(0.001)}`,
    meaning: {
      forecast: 'the expected peak of the lead time and its margin',
      'forecast-expired': 'no refit came in time: the reactive floor alone (live only)',
      headroom: 'the observed load and its margin: it was the higher one',
      reactive: 'the HPA’s rule: prediction did not pay on the history',
      'catch-up': 'demand was failing: spare pods are started too',
      'need-limit':
        'bounded: 1.3 times the need of the last ten minutes and one pod; what is only expected, 1.1 times the most ever seen',
      'unusually-low': 'far less load than this hour usually has: nothing removed',
      'needed-again': 'kept: expected to be needed again before a start would pay',
      stabilization: 'a higher need of the last minutes is kept',
      min: 'the lower bound',
      max: 'the upper bound',
      'no-data': 'no observation: nothing changed',
    } satisfies Record<PlanReason, string>,
  },

  next: {
    heading: 'The next step: put it into Git',
    note: 'The annotations for this result: SLO, target per pod, bounds and lead time. Add them to the workload’s metadata.',
    copy: 'Copy',
    copied: 'Copied',
    copyFailed: 'Not allowed here: the text is selected, copy it with the keyboard',
  },

  facts: {
    heading: 'What was replayed',
    trace: 'Trace',
    everySeconds: (source: string, seconds: number) => `${source} (a value every ${f.duration(seconds)})`,
    sha256: 'SHA-256',
    replayed: 'Replayed',
    span: (from: number, to: number, history: number) =>
      `${f.instant(from)} to ${f.instant(to)} UTC, after ${f.duration(history)} of history`,
    withoutData: 'Without data',
    filling: 'Between two samples',
    filled: {
      linear: 'a straight line',
      step: 'the last sample until the next one',
      displacement:
        'random midpoint displacement (seeded), as rough as the trace itself: no policy can read the next sample from it, and peaks shorter than the step are not those that were',
    } satisfies Record<Filling, string>,
    period: 'Period',
    periods: (seconds: readonly number[], strength: number) =>
      `${f.list(seconds.map(f.duration))}; the first explains ${f.percent(strength)} of the variance`,
    noPeriod: (reason: string) => reason.replace(/^no period: /, 'none: '),
    /** A model by its name in report.json, and why it was chosen. */
    modelOf: (model: string, why: string) => (why.startsWith(model) ? why : `${model}: ${why}`),
    model: 'Day-ahead model',
    ahead: (seconds: number) => `Forecast ${f.duration(seconds)} ahead`,
    noAccuracy: 'nothing to compare with',
    observation: 'What policies saw',
    lossOf: (observed: string, share: number) => `${observed}, ${f.percent(share)} of the scrapes lost`,
    observed: {
      exact: (_scrape: number, _window: number) => 'the exact mean demand of a minute',
      rate: (scrape: number, window: number) => `${rateOver(window)} of a counter scraped every ${f.duration(scrape)}`,
      gauge: (scrape: number, _window: number) => `the newest sample of a gauge scraped every ${f.duration(scrape)}`,
    },
    hpa: 'Your HPA',
    /** @param podCapacity demand that one Ready pod serves */
    hpaOf: (hpa: HpaManifest, podCapacity: number) => {
      const { name, source, metric, min, max, reading } = hpaFacts(hpa, podCapacity);
      return `${name} (${source}): ${metric}, ${min} to ${max} replicas. ${reading}`;
    },
    startCost: 'Start cost',
    startCostOf: (seconds: number) => `${f.duration(seconds)} of a pod for each start, in comparisons only`,
    prices: 'Prices',
    priceOf: (amount: string, elastic: string, source: string, date: string) =>
      `${amount} a pod-hour (${elastic}): ${source}, ${date}`,
    minimum: (seconds: number) => `; each pod is billed for at least ${f.duration(seconds)}`,
    residentPrice: 'Resident nodes',
    /** Between two statements. */
    stop: '. ',
    madeBy: 'Made by',
  },

  method: {
    heading: 'How it was computed',
    clock: 'Clock',
    clockText: (history: number, isFilled: boolean) =>
      `A sync period is 15 s. The first is ${f.duration(history)} after the trace’s start. Demand between two samples at most two steps apart is ${isFilled ? 'made up, as rough as the trace itself' : 'interpolated'}; elsewhere there is no data, and such times are excluded for every policy.`,
    knowledge: 'What a policy knows',
    knowledgeText: (lead: number) =>
      `At each sync period every policy but the oracle sees the observed demand and what came before. The forecast is made for ${f.duration(lead)} ahead.`,
    pods: 'Pods',
    podsText: (
      capacity: number,
      p50: number,
      p90: number,
      p99: number,
      seed: number,
      min: number,
      max: number | null,
    ) =>
      `One Ready pod serves ${f.threeDigits(capacity)} in the trace’s unit. A pod is Ready some time after its creation: p50 ${f.duration(p50)}, p90 ${f.duration(p90)}, p99 ${f.duration(p99)}; the k-th pod waits equally long under every policy (seed ${seed}). Replicas: at least ${min}${max === null ? '' : `, at most ${max}`}. A removed pod leaves at once.`,
    hpa: 'HPA',
    hpaText: (target: number) =>
      `hpa: desired = ⌈observed ÷ (capacity × ${f.percent(target)})⌉, no action within ±10 %, at most max(100 %, 4 pods) more per sync period, down to the largest recommendation of 300 s.`,
    ownHpaText: 'hpa: as its manifest says, see above.',
    tunedText:
      'hpa-tuned: the cheapest of the targets 30, 35 … 95 % and the scale-down windows 0, 1, 2, 5 and 10 min that keeps the SLO in hindsight.',
    cron: 'cron and oracle',
    cronText:
      'cron: for each hour of the week (of the day under 14 days of history) the largest need in the history, switched on one start-up p90 early. oracle: knows the demand and keeps a pod through every idle spell that is shorter than the start cost.',
    cost: 'Cost and objective',
    costText: (startCost: number) =>
      `Cost = pod-hours (all pods that exist, Ready or not) × the price of a pod-hour. Policies are compared by their objective: pod-hours + starts × ${f.duration(startCost)}.`,
    service: 'Service',
    serviceText: (targetBp: number) =>
      `Unmet demand = Σ max(0, demand − ready × capacity) ÷ Σ demand; the SLO is ${f.slo(targetBp)} served. Ready ahead = the median time by which a pod was Ready before the demand that needed it.`,
    breakEven: 'Break-even',
    breakEvenText: (hours: number) =>
      `A pod that runs more than ${f.number(hours, 1)} h a day is cheaper on a resident node at the price book’s prices.`,
    again: 'Every figure can be computed again from timeline.csv; the same trace and seed give the same bytes.',
  },

  /** The report for a terminal. */
  terminal: {
    aDay: (currency: string) => `${currency} a day`,
    month: '30 days',
    year: 'a year',
    versus: 'vs hpa',
    servedColumn: 'served',
    starts: 'starts/day',
    oracle: '÷ oracle',
    short: 'short for',
    ahead: 'ahead',
    served: (targetBp: number) => `served: of the demand, by Ready pods; ✗ misses the SLO of ${f.slo(targetBp)}.`,
    money: (currency: string, days: number) =>
      `${currency} for this one workload, measured over ${f.duration(days * 86_400)}; 30 days and a year are extrapolated.`,
    prices: (book: string, podHour: string, least: string, source: string) =>
      `All pods are priced as elastic ones: ${book}, ${podHour} a pod-hour${least} (${source}).`,
    accuracy: (wape: number, wql: number, coverage: number) =>
      `WAPE ${f.percent(wape)}, quantile loss ${f.fixed(wql, 3)}, ${f.percent(coverage)} of demand under the 95\u00a0% quantile`,
    forecast: (lead: number, accuracy: string, model: string) =>
      `Forecast ${f.duration(lead)} ahead: ${accuracy}. Day ahead: ${model}.`,
    replayed: (source: string, from: number, to: number, capacity: number, seed: number) =>
      `Replayed ${source}, ${f.instant(from)} to ${f.instant(to)} UTC; a pod serves ${f.threeDigits(capacity)}, seed\u00a0${seed}.`,
    observed: (what: string) => `Policies saw ${what}.`,
    next: 'The next step, to copy into Git (report.json has it as annotations):',
    wrote: (file: string) => `The report: ${file} (with report.json and timeline.csv beside it)`,
  },

  /** The table of several traces. */
  index: enIndex,

  /** The workloads of a cluster. */
  savings: enSavings,

  /** What the page's script writes. */
  script: {
    locale: 'en-GB',
    time: 'time',
    demand: 'demand',
    demandMost: 'demand, most',
    demandLeast: 'demand, least',
    capacity: 'capacity: ',
    missing: 'pods missing: ',
    none: 'none',
    median: 'median',
    came: 'what came',
    percentSpace: '\u00a0',
  },
};

/** What a language must have. */
export type Texts = typeof en;
