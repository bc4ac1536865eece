import type { PolicyName } from '../../result.ts';
import { saving } from '../compared.ts';
import type { Facts } from '../recommendation-text.ts';
import { zhFormats as f } from './zh-formats.ts';

/*
 * Phrases that set two policies side by side, as those of compared.ts do in English.
 */

/** Differences of cost under this are none. */
const SAME_COST = 0.0005;
/** From here on a multiple is easier to grasp than a percentage. */
const DOUBLE = 2;

/** A policy inside a sentence: "默认 HPA（目标 70%）". */
export function named(name: PolicyName, { policies, verdict }: Pick<Facts, 'policies' | 'verdict'>): string {
  const { target, windowSeconds } = policies[name] ?? {};
  const aim = target === undefined ? '' : `目标 ${f.percent(target)}`;
  const window = windowSeconds === undefined ? '' : `，缩容窗口 ${f.duration(windowSeconds)}`;
  const labels: Record<PolicyName, string> = {
    predictive: 'Prescale',
    hpa: `${verdict.ownHpa ? '您的' : ''} HPA${aim === '' ? '' : `（${aim}）`}`.trimStart(),
    'hpa-tuned': `事后调优的 HPA${aim === '' ? '' : `（${aim}${window}）`}`,
    cron: 'CronHPA',
    'fixed-max': '按峰值固定副本数（事后得知）',
    fixed: '您的固定副本数',
    oracle: '理想策略（oracle）',
  };
  return labels[name];
}

/** "每天 USD 6.22，需求满足率 99.9954%". */
export function priced(name: PolicyName, facts: Facts): string {
  return `每天 ${aDay(name, facts)}，${served(name, facts)}`;
}

export function aDay(name: PolicyName, { money: { policies, currency } }: Facts): string {
  return f.money(policies[name]!.perDay, currency);
}

export function served(name: PolicyName, { policies, unmetTargetBp }: Facts): string {
  return `需求满足率 ${f.served(policies[name]!.unmetBp, unmetTargetBp)}`;
}

/** "成本比 HPA 低 23%", "成本为 HPA 的 2.2 倍", "成本与 HPA 相同". */
export function compared(name: PolicyName, other: PolicyName, facts: Facts): string {
  const theirs = named(other, facts);
  const saved = saving(name, other, facts);
  if (Math.abs(saved) < SAME_COST) return `成本与${theirs}相同`;
  if (1 - saved >= DOUBLE) return `成本为${theirs}的 ${times(name, other, facts)} 倍`;
  return `成本比${theirs}${difference(name, other, facts)}`;
}

/** "低 23%", "为其 2.2 倍", "相同". */
function difference(name: PolicyName, other: PolicyName, facts: Facts): string {
  const saved = saving(name, other, facts);
  if (Math.abs(saved) < SAME_COST) return '相同';
  if (1 - saved >= DOUBLE) return `为其 ${times(name, other, facts)} 倍`;
  return `${saved > 0 ? '低' : '高'} ${f.percent(Math.abs(saved))}`;
}

export function times(name: PolicyName, other: PolicyName, facts: Facts): string {
  const ratio = 1 - saving(name, other, facts);
  return f.number(ratio, ratio < 10 ? 1 : 0);
}

export function instead(to: PolicyName, from: PolicyName, facts: Facts): string {
  const [ours, theirs] = [facts.policies[to]!, facts.policies[from]!];
  const before = f.served(theirs.unmetBp, facts.unmetTargetBp);
  return [
    `${sums(to, from, facts)}（${difference(to, from, facts)}）`,
    `${served(to, facts)}，原为 ${before}（SLO ${f.slo(facts.unmetTargetBp)}）`,
    `日均 Pod 启动 ${f.number(ours.startsPerDay)} 次，原为 ${f.number(theirs.startsPerDay)} 次`,
  ].join('；');
}

/** With more digits where a real difference would not be seen. */
function sums(to: PolicyName, from: PolicyName, facts: Facts): string {
  const [ours, theirs] = [aDay(to, facts), aDay(from, facts)];
  if (ours !== theirs || Math.abs(saving(to, from, facts)) < SAME_COST) return `每天 ${ours}，原为 ${theirs}`;
  const { policies, currency } = facts.money;
  const precise = (name: PolicyName) => `${currency} ${policies[name]!.perDay.toPrecision(4)}`;
  return `每天 ${precise(to)}，原为 ${precise(from)}`;
}
