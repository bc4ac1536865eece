import type { PolicyName, Report } from '../result.ts';
import { term } from './glossary.ts';
import { type Markup, markup } from './markup.ts';
import { policiesThatRan, policyTitle } from './policy-title.ts';
import { note, section } from './section.ts';
import type { Texts } from './texts/en.ts';

/** The bills of one workload: a day as it was measured, a month and a year extrapolated from it. */
export function moneySection(report: Report, texts: Texts): Markup {
  const { money, breakEven, prices } = report;
  const { money: words } = texts;
  const names = policiesThatRan(report);
  const base = breakEven.basePods > 0 && names.includes('predictive') ? baseRow(report, texts) : undefined;
  const basis = [
    words.basis(money.measuredDays),
    ...(base === undefined ? [] : [words.baseBasis(breakEven.basePods, prices?.resident?.name)]),
    ...(base !== undefined && prices?.resident?.assumption !== undefined ? [texts.ranks.assumption] : []),
  ];
  return section(
    'money',
    words.heading,
    note(basis.join(texts.page.sentenceGap)),
    markup`<table class="money"><thead><tr><th scope="col">${texts.table.policy}</th><th scope="col">${words.day}</th><th scope="col">${term(texts, 'extrapolation', words.month)}</th><th scope="col">${term(texts, 'extrapolation', words.year)}</th><th scope="col">${words.against}</th></tr></thead>
<tbody>${names.map((name) => row(name, report, texts))}${base}</tbody></table>`,
  );
}

function row(name: PolicyName, report: Report, texts: Texts): Markup {
  const { perDay, per30Days, perYear } = report.money.policies[name]!;
  const { hpa } = report.money.policies;
  const difference = hpa === undefined || name === 'hpa' ? '–' : signed(perYear - hpa.perYear, report, texts);
  return bill(policyTitle(name, report, texts), [perDay, per30Days, perYear], difference, report, texts, name);
}

/** What prediction costs where the pods that run most are on nodes of one's own. */
function baseRow(report: Report, texts: Texts): Markup {
  const { hpa, predictive } = report.money.policies;
  const { perDay, per30Days, perYear } = predictive!;
  const rest = 1 - report.breakEven.savingVsAllElastic;
  const difference = hpa === undefined ? '–' : signed(rest * perYear - hpa.perYear, report, texts);
  const amounts = [perDay, per30Days, perYear].map((amount) => amount * rest);
  return bill(texts.money.withBase, amounts, difference, report, texts, 'predictive');
}

function bill(
  title: string,
  amounts: readonly number[],
  difference: Markup | string,
  { money: { currency } }: Report,
  { formats }: Texts,
  key: PolicyName,
): Markup {
  return markup`<tr class="${key}"><th scope="row"><span class="key ${key}"></span>${title}</th>${amounts.map(
    (amount) => markup`<td>${formats.money(amount, currency)}</td>`,
  )}<td>${difference}</td></tr>
`;
}

/** A fall of the bill is good news. */
function signed(change: number, { money: { currency } }: Report, { formats }: Texts): Markup | string {
  const shown = formats.money(Math.abs(change), currency);
  if (shown === formats.money(0, currency)) return shown;
  return change < 0 ? markup`<span class="good">−${shown}</span>` : markup`<span class="bad">+${shown}</span>`;
}
