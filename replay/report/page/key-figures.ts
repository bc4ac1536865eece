import type { PolicyFigures, PolicyName, Report } from '../../result.ts';
import type { Texts } from '../texts/en.ts';
import { term } from './glossary.ts';
import { type Markup, markup } from './markup.ts';

/** The five figures that somebody in a hurry reads. */
export function keyFigures(report: Report, texts: Texts): Markup | undefined {
  const { predictive, hpa } = report.policies;
  if (predictive === undefined) return undefined;
  const cards = [
    costCard(report, predictive, 'hpa', texts),
    costCard(report, predictive, 'hpa-tuned', texts),
    servedCard(predictive, report, texts),
    startsCard(report, predictive, hpa === undefined ? 'hpa-tuned' : 'hpa', texts),
    oracleCard(predictive, texts),
  ];
  return markup`<ul class="figures">${cards}</ul>`;
}

/** A lower cost is good news only where the service is not the price of it. */
function costCard(report: Report, ours: PolicyFigures, name: PolicyName, texts: Texts): Markup | undefined {
  const theirs = report.policies[name];
  if (theirs === undefined || theirs.cost === 0) return undefined;
  const { figures, formats } = texts;
  const saving = 1 - ours.cost / theirs.cost;
  const { money } = report;
  const in30Days = (policy: PolicyName) => formats.money(money.policies[policy]!.per30Days, money.currency);
  const served = ours.unmetBp <= Math.max(report.unmetTargetBp, theirs.unmetBp);
  return card(
    saving >= 0 ? figures.less(saving) : figures.more(-saving),
    figures.costAgainst(short(name, report, texts)),
    figures.insteadOf(in30Days('predictive'), in30Days(name)),
    saving < 0 ? false : served ? true : undefined,
  );
}

function servedCard({ unmetBp }: PolicyFigures, { unmetTargetBp }: Report, texts: Texts): Markup {
  const { figures, formats } = texts;
  const kept = unmetBp <= unmetTargetBp;
  const used = unmetTargetBp > 0 ? unmetBp / unmetTargetBp : null;
  const verdict = kept ? figures.sloKept(unmetTargetBp, used) : figures.sloBroken(unmetTargetBp, used);
  return card(formats.served(unmetBp, unmetTargetBp), term(texts, 'served', figures.served), verdict, kept);
}

function startsCard(report: Report, { startsPerDay }: PolicyFigures, name: PolicyName, texts: Texts): Markup {
  const theirs = report.policies[name];
  const more = theirs === undefined ? '' : texts.figures.startsOf(short(name, report, texts), theirs.startsPerDay);
  return card(texts.formats.number(startsPerDay), term(texts, 'pod-starts', texts.figures.starts), more);
}

/** "the default HPA", "your HPA". */
function short(name: PolicyName, { verdict }: Report, { named, namedYourHpa }: Texts): string {
  return name === 'hpa' && verdict.ownHpa ? namedYourHpa : named[name];
}

function oracleCard({ oracleRatio }: PolicyFigures, texts: Texts): Markup | undefined {
  if (oracleRatio === null) return undefined;
  const { figures, formats } = texts;
  return card(`${formats.fixed(oracleRatio, 2)} ×`, term(texts, 'oracle', figures.oracle), figures.oracleFloor);
}

function card(value: string, what: string | Markup, more: string | Markup, good?: boolean): Markup {
  const mood = good === undefined ? '' : good ? 'good' : 'bad';
  return markup`<li><strong class="${mood}">${value}</strong><span>${what}</span><small>${more}</small></li>`;
}
