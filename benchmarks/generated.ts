import type { BenchOptions, BenchResult } from './bench.ts';
import { frontierTable } from './frontier.ts';
import { type FrontierJob, STARTUPS } from './frontier-cell.ts';
import { DEMAND_KINDS } from './generated-demand.ts';

/** The frontier on generated loads of ten kinds, two of each: loads that no constant was chosen on. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const seeds = Array.from({ length: DEMAND_KINDS.length * (options.quick ? 1 : 2) }, (_, i) => i + 1);
  const jobs = seeds.flatMap((seed) => {
    const kind = DEMAND_KINDS[seed % DEMAND_KINDS.length]!;
    return Object.keys(STARTUPS).map(
      (startup): FrontierJob => ({
        source: { kind, seed },
        trace: `${kind} ${seed}`,
        startup,
        quick: false,
        neural: options.neural ?? true,
        observation: options.observation ?? 'rate[1m]',
        foresight: options.foresight ?? false,
      }),
    );
  });
  return frontierTable('generated', jobs, options);
}
