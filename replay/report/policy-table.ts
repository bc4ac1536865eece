import { POLICY_NAMES, type PolicyFigures, type PolicyName, type Report } from '../result.ts';
import { type Markup, markup } from './markup.ts';
import { policyTitle } from './text.ts';
import { basisPoints, duration, money, percent, thousands } from './wording.ts';

/** What each policy is, for somebody who has not read the manual. */
const MEANING: Readonly<Record<PolicyName, string>> = {
  predictive: 'Prescale, as it would run in the cluster',
  hpa: 'the Kubernetes HPA that you have',
  'hpa-tuned': 'the HPA with the target that was best in hindsight',
  cron: 'a CronHPA as a careful operator writes it',
  'fixed-max': 'the peak need, all the time (hindsight)',
  fixed: 'your fixed number of replicas',
  oracle: 'a clairvoyant: the floor under every cost',
};

type Column = readonly [title: string, cell: (figures: PolicyFigures, report: Report) => Markup | string];

const COLUMNS: readonly Column[] = [
  ['Cost', ({ cost, currency }) => money(cost, currency)],
  ['Against your HPA', ({ savingVs }) => change(savingVs.hpa)],
  ['Against the tuned HPA', ({ savingVs }) => change(savingVs['hpa-tuned'])],
  ['Unmet demand', (figures, report) => unmet(figures, report)],
  ['Too few pods for', ({ violationMinutes }) => duration(violationMinutes * 60)],
  ['Median lead', ({ leadSeconds }) => (leadSeconds === null ? '–' : duration(leadSeconds))],
  ['Pod-hours', ({ podHours }) => thousands(Number(podHours.toFixed(podHours < 1_000 ? 1 : 0)))],
  ['×\u00a0oracle', ({ oracleRatio }) => (oracleRatio === null ? '–' : oracleRatio.toFixed(3))],
];

/** All policies that ran. The roles are written out because phones show the rows as cards, which drops the implied ones. */
export function policyTable(report: Report): Markup {
  const names = POLICY_NAMES.filter((name) => report.policies[name] !== undefined);
  return markup`<table class="policies" role="table"><caption class="sr">Cost and service of each policy</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Policy</th>${COLUMNS.map(
    ([title]) => markup`<th role="columnheader" scope="col">${title}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${names.map((name) => row(name, report))}</tbody></table>`;
}

function row(name: PolicyName, report: Report): Markup {
  const figures = report.policies[name]!;
  return markup`<tr role="row" class="${name}"><th role="rowheader" scope="row"><span class="key ${name}"></span>${policyTitle(
    name,
    report,
  )}<small>${MEANING[name]}</small></th>${COLUMNS.map(
    ([title, cell]) => markup`<td role="cell" data-label="${title}">${cell(figures, report)}</td>`,
  )}</tr>
`;
}

/** A saving is a fall of the cost. */
function change(saving: number | undefined): Markup | string {
  if (saving === undefined) return '–';
  const shown = percent(Math.abs(saving));
  if (shown === '0 %') return 'the same';
  return saving > 0 ? markup`<span class="good">−${shown}</span>` : markup`<span class="bad">+${shown}</span>`;
}

function unmet({ unmetBp }: PolicyFigures, { unmetTargetBp }: Report): Markup {
  const kept = unmetBp <= unmetTargetBp;
  const mark = kept
    ? markup`<span class="good" title="promise kept"> ✓</span>`
    : markup`<span class="bad" title="promise not kept"> ✗</span>`;
  return markup`${basisPoints(unmetBp)} bp${mark}`;
}

/** The four figures that somebody in a hurry reads. */
export function keyFigures(report: Report): Markup {
  const { predictive, hpa, 'hpa-tuned': tuned } = report.policies;
  if (predictive === undefined) return markup``;
  const kept = predictive.unmetBp <= report.unmetTargetBp;
  const promise = `the promise of ${basisPoints(report.unmetTargetBp)} bp was ${kept ? '' : 'not '}kept`;
  const { oracleRatio } = predictive;
  const cards = [
    costCard(predictive, hpa, 'your HPA', kept),
    costCard(predictive, tuned, 'the best-tuned HPA', kept),
    card(`${basisPoints(predictive.unmetBp)} bp`, 'of demand found no ready pod', promise, kept),
    oracleRatio === null
      ? undefined
      : card(`${oracleRatio.toFixed(2)} ×`, 'the pod-hours of a clairvoyant', '1.00 is the floor'),
  ];
  return markup`<ul class="figures">${cards}</ul>`;
}

/** A lower cost is good news only where the service is not the price of it. */
function costCard(ours: PolicyFigures, rival: PolicyFigures | undefined, name: string, kept: boolean) {
  if (rival === undefined || rival.cost === 0) return undefined;
  const saving = 1 - ours.cost / rival.cost;
  const sums = `${money(ours.cost, ours.currency)} instead of ${money(rival.cost, rival.currency)}`;
  const served = kept || ours.unmetBp <= rival.unmetBp;
  const mood = saving < 0 ? false : served ? true : undefined;
  return card(`${saving >= 0 ? '−' : '+'}${percent(Math.abs(saving))}`, `cost against ${name}`, sums, mood);
}

function card(value: string, what: string, more: string, good?: boolean): Markup {
  const mood = good === undefined ? '' : good ? 'good' : 'bad';
  return markup`<li><strong class="${mood}">${value}</strong><span>${what}</span><small>${more}</small></li>`;
}
