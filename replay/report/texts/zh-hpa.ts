import type { HpaBehavior, ScalingRules } from '../../../actuator/scaler/hpa-behavior.ts';
import type { HpaManifest } from '../../hpa-manifest/hpa-manifest.ts';
import { targetShare } from '../../policies/hpa.ts';
import { zhFormats as f } from './zh-formats.ts';

/** The HPA of a manifest as hpa-facts.ts says it in English. */
export function zhHpa(manifest: HpaManifest, podCapacity: number): string {
  const { name, source, min, max, metric } = manifest;
  const { target, counts } = metric;
  const measured =
    'share' in target
      ? `目标为请求值的 ${f.percent(target.share)}；处理需求达到单 Pod 容量的 Pod 视为用满其请求值`
      : `指标视为与负载数据同一单位；每个 Pod 的目标 ${target.text} 相当于单 Pod 容量的 ${f.percent(targetShare(manifest, podCapacity))}`;
  const counted = counts === 'ready' ? '按就绪 Pod 计量，扩容时启动中的 Pod 计为空闲' : '按全部 Pod 平均，无论是否就绪';
  return `${name}（${source}）：副本数 ${min} 至 ${max}。${measured}；${counted}。${behaves(manifest.behavior)}`;
}

function behaves(behavior: HpaBehavior | undefined): string {
  if (behavior === undefined)
    return '未设置 behavior：每次最多翻倍或增加 4 个 Pod；缩容取最近 300 秒内最大的推荐值；容忍度 10%。';
  return `扩容：${rules(behavior.scaleUp)}。缩容：${rules(behavior.scaleDown)}。`;
}

function rules({ select, policies, stabilizationSeconds, tolerance }: ScalingRules): string {
  if (select === 'Disabled') return '禁用';
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const most = type === 'Percent' ? `${value}%` : `${value} 个 Pod`;
    return `每 ${periodSeconds} 秒最多 ${most}`;
  });
  const limit = limits.length === 1 ? limits[0] : `${limits.join('、')}中取${select === 'Max' ? '最大' : '最小'}值`;
  return `${limit}，稳定窗口 ${stabilizationSeconds} 秒，容忍度 ${f.percent(tolerance)}`;
}
