import { DAY_SECONDS } from '../../../core/series.ts';
import type { PolicyName } from '../../result.ts';
import { isAlone, keepsSlo, saving } from '../compared.ts';
import { type Facts, sentencesInOrder, TIE, WEEK_DAYS } from '../recommendation-text.ts';
import { aDay, compared, instead, named, priced, served, times } from './zh-compared.ts';
import { whyNoPeriod } from './zh-forecast.ts';
import { zhFormats as f } from './zh-formats.ts';
import { spaced } from './zh-spacing.ts';

/** The sentences of recommendation-text.ts, one for one; the first is the headline. */
export function zhRecommendation(facts: Facts): string[] {
  return sentencesInOrder(facts, {
    headline,
    onMoney,
    onPrediction,
    onNearMiss,
    onLowerBill,
    onUnderProvisioning,
    onOracle,
    period,
    base,
    missingData,
  }).map(spaced);
}

function headline(facts: Facts): string {
  const { kind, have, best, nearMiss, bestAutoscaler } = facts.verdict;
  if (best === null) return '没有回放任何可实际运行的策略：请在 --policies 中加入 predictive、hpa、cron 或 fixed。';
  const slo = `SLO ${f.slo(facts.unmetTargetBp)}`;
  const it = named(best, facts);
  if (isAlone(facts)) {
    const keeps = keepsSlo(best, facts) ? '达到' : '未达到';
    return `${it}${keeps} ${slo}：${priced(best, facts)}；没有回放其他策略可供对比。`;
  }
  if (kind === 'none-keeps') {
    const against = have === null || have === best ? '' : `，${compared(best, have, facts)}（${served(have, facts)}）`;
    return `没有策略能达到 ${slo}：${it}的未满足需求最少，${priced(best, facts)}${against}。`;
  }
  if (kind === 'choose') {
    const near = `${named(nearMiss!, facts)}，${priced(nearMiss!, facts)}`;
    return `${it}能达到 ${slo}，${priced(best, facts)}，但成本是险些达标方案的 ${times(best, nearMiss!, facts)} 倍：${near}。`;
  }
  if (kind === 'keep') return `建议继续使用${it}（${priced(best, facts)}）：没有其他能达到 ${slo} 的策略值得更换。`;
  if (bestAutoscaler !== null) {
    const other = `${named(bestAutoscaler, facts)}（自动伸缩策略中未满足需求最少，${served(bestAutoscaler, facts)}）`;
    return `只有${it}能达到 ${slo}，${priced(best, facts)}：成本是${other}的 ${times(best, bestAutoscaler, facts)} 倍。`;
  }
  if (have === null) return `${it}以最低成本达到 ${slo}：${priced(best, facts)}。`;
  return `建议从${named(have, facts)}改为${it}：${instead(best, have, facts)}。`;
}

function onMoney({ verdict: { have, best, bestAutoscaler }, money: bills }: Facts): string[] {
  if (have === null || best === null || have === best || bestAutoscaler !== null) return [];
  const saved = bills.policies[have]!.perDay - bills.policies[best]!.perDay;
  const [month, year] = [30, 365].map((days) => f.money(Math.abs(saved) * days, bills.currency));
  if (month === f.money(0, bills.currency)) return [];
  const days = f.duration(bills.measuredDays * DAY_SECONDS);
  const doubt = bills.measuredDays < WEEK_DAYS - 0.01 ? '，不足一周' : '';
  const verb = saved > 0 ? '节省' : '多支出';
  return [`仅就这一个工作负载而言，每 30 天${verb} ${month}，每年${verb} ${year}（由 ${days}的数据外推${doubt}）。`];
}

function onPrediction(facts: Facts): string[] {
  const { have, best, nearMiss, lowerBill, bestAutoscaler } = facts.verdict;
  const { predictive, [have ?? 'oracle']: theirs } = facts.policies;
  if (predictive === undefined || best === null || isAlone(facts)) return [];
  if ([best, nearMiss, bestAutoscaler].includes('predictive')) return [];
  const keeps = keepsSlo('predictive', facts);
  const slo = keeps ? '' : `（SLO ${f.slo(facts.unmetTargetBp)}）`;
  const starts = `日均 Pod 启动 ${startsADay('predictive', facts)} 次`;
  const figures = `${compared('predictive', best, facts)}：${priced('predictive', facts)}${slo}，${starts}`;
  if (keeps && saving('predictive', best, facts) >= TIE) {
    const instead = `而前者为 ${startsADay(best, facts)} 次；每次启动折算为一个 Pod 运行 ${f.duration(facts.startCostSeconds)}`;
    return lowerBill === 'predictive' ? [] : [`Prescale 的${figures}，${instead}。`];
  }
  const saved = have === null || have === best ? 0 : saving('predictive', have, facts);
  if (saved >= TIE && (keeps || (theirs !== undefined && predictive.unmetBp <= theirs.unmetBp))) {
    const [beside, more] =
      predictive.unmetBp < theirs!.unmetBp ? [`（${served(have!, facts)}）`, '，且满足更多需求'] : ['', ''];
    return [`Prescale 的${figures}；与${named(have!, facts)}${beside}相比可节省 ${f.percent(saved)}${more}。`];
  }
  return [`预测在这里没有帮助：Prescale 的${figures}。`];
}

function onNearMiss(facts: Facts): string[] {
  const { kind, best, nearMiss } = facts.verdict;
  if (nearMiss === null || best === null || kind === 'choose') return [];
  const what = kind === 'none-keeps' ? '的未满足需求只略多一些' : '险些达到 SLO';
  return [`${named(nearMiss, facts)}${what}，${compared(nearMiss, best, facts)}：${priced(nearMiss, facts)}。`];
}

function onLowerBill(facts: Facts): string[] {
  const { best, lowerBill } = facts.verdict;
  if (lowerBill === null || best === null) return [];
  const [theirs, ours] = [startsADay(lowerBill, facts), startsADay(best, facts)];
  return [
    `${named(lowerBill, facts)}的账单更低（每天 ${aDay(lowerBill, facts)}），但日均 Pod 启动 ${theirs} 次，而前者为 ${ours} 次；每次启动折算为一个 Pod 运行 ${f.duration(facts.startCostSeconds)}。`,
  ];
}

function startsADay(name: PolicyName, { policies }: Facts): string {
  return f.number(policies[name]!.startsPerDay);
}

function onUnderProvisioning({ policies: { predictive } }: Facts): string[] {
  if (predictive === undefined) return [];
  const { underProvisionedMinutes, largestShortage } = predictive;
  if (underProvisionedMinutes === 0) return ['Prescale 从未出现容量不足。'];
  const most = Math.max(1, Math.ceil(largestShortage - 1e-9));
  return [`Prescale 累计容量不足 ${f.duration(underProvisionedMinutes * 60)}，最多缺 ${f.number(most)} 个 Pod。`];
}

function onOracle({ policies: { predictive } }: Facts): string[] {
  const ratio = predictive?.oracleRatio ?? null;
  if (ratio === null) return [];
  if (ratio - 1 < TIE) return ['其投入与预知需求的理想策略（oracle）相当。'];
  return [`预知需求的理想策略（oracle）的投入还可再少 ${f.percent(1 - 1 / ratio)}（含启动成本）。`];
}

function period({ period: { found, seconds, strength, reason } }: Facts): string {
  if (found) return `负载的周期为 ${f.list(seconds.map(f.duration))}（强度 ${f.fixed(strength, 2)}）。`;
  return `未发现周期${whyNoPeriod(reason)}；Prescale 主要依据最新的观测值。`;
}

function base({ breakEven, prices }: Facts): string {
  const { basePods, hoursPerDay, thresholdHoursPerDay, savingVsAllElastic } = breakEven;
  const elastic = `弹性 Pod${prices === undefined ? '' : `（${prices.elastic}）`}`;
  const { resident } = prices ?? {};
  if (resident === undefined) return `价格表中没有常驻节点：所有 Pod 均为${elastic}。`;
  const hours = `每天运行超过 ${f.fixed(thresholdHoursPerDay, 1)} 小时`;
  const assumed = resident.assumption === undefined ? '' : '；该节点的价格是假设值，没有来源可查';
  if (basePods === 0) return `没有 Pod ${hours}：全部适合使用${elastic}${assumed}。`;
  const saves = `可再节省 ${f.percent(savingVsAllElastic)}`;
  return `最多 ${hoursPerDay.length} 个 Pod 中有 ${basePods} 个${hours}，适合放在常驻节点（${resident.name}）上，${saves}${assumed}。`;
}

function missingData({ trace: { noDataFraction } }: Facts): string[] {
  if (noDataFraction < 0.0005) return [];
  return [`回放区间中有 ${f.percent(noDataFraction)} 的时间没有数据，对所有策略均不计入。`];
}
