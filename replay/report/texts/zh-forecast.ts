/** Models by their names in report.json. */
const MODELS: Readonly<Record<string, string>> = {
  flat: '常数模型',
  'daily quantiles, slow': '日内分位数（慢）',
  'daily quantiles, smooth': '日内分位数（平滑）',
  'daily quantiles, quick': '日内分位数（快）',
  'daily quantiles, levelled': '日内分位数（水平校正）',
  'weekly quantiles, levelled': '周内分位数（水平校正）',
  'detected-season quantiles': '按检测周期的分位数',
  yesterday: '昨日同刻',
  'last week': '上周同刻',
  'last detected season': '上一周期同刻',
  'robust decomposition': '稳健分解',
  'Holt-Winters': '指数平滑（Holt-Winters）',
  Fourier: '傅里叶',
  neural: '神经网络',
};

/** "flat + yesterday + 2 more" in Chinese. */
export function modelName(name: string): string {
  const parts = name.split(' + ').map((part) => {
    const more = /^(\d+) more$/.exec(part);
    return more === null ? (MODELS[part] ?? part) : `另外 ${more[1]} 个模型`;
  });
  return parts.join(' + ');
}

/** The period detection's reasons, by what stands in them. */
const NO_PERIOD: readonly (readonly [RegExp, string])[] = [
  [/is too short|too short;/, '历史数据太短，不足两个完整周期'],
  [/is missing/, '超过 60% 的历史数据缺失'],
  [/no frequency stands out/, '没有突出的频率'],
];

export function whyNoPeriod(reason: string): string {
  const known = NO_PERIOD.find(([form]) => form.test(reason));
  return known === undefined ? '：候选周期均未通过检验' : `：${known[1]}`;
}
