import { expect, it } from 'vitest';
import { World } from '../../test/engine-world.ts';
import { ForecastsMade } from './forecasts-made.ts';

const WEB = 'shop/Deployment/web';

it('a forecast comes back at the tick that it was for, whatever came in between', () => {
  const made = new ForecastsMade(4);
  const forNow = Array.from({ length: 12 }, (_, tick) => made.push(tick, { median: tick, upper: tick + 0.5 }));
  expect(forNow[3]!.median).toBeNaN();
  expect(forNow.slice(4)).toEqual(Array.from({ length: 8 }, (_, i) => ({ median: i, upper: i + 0.5 })));
});

it('a status says what was forecast for now when nothing was known of it yet', async () => {
  const world = new World();
  const wave = (seconds: number) => 100 + 40 * Math.sin(seconds / 600);
  await world.add('web', { replicas: 12, loads: [wave], days: 2 });
  await world.pass(20 * 60);
  const { leadTicks } = world.engine.get(WEB)!.metrics[0]!.scaler!;
  const ticks: { median: number; upper: number; forNow: number | undefined; forNowUpper: number | undefined }[] = [];
  for (let i = 0; i < 3 * leadTicks; i++) {
    const statuses = await world.tick();
    const { forecastMedian, forecastUpper, forecastForNow } = statuses.get(WEB)!.metrics[0]!;
    const [forNow, forNowUpper] = [forecastForNow?.median, forecastForNow?.upper];
    ticks.push({ median: forecastMedian!, upper: forecastUpper!, forNow, forNowUpper });
  }
  for (let i = leadTicks; i < ticks.length; i++) {
    expect(ticks[i]!.forNow).toBe(ticks[i - leadTicks]!.median);
    expect(ticks[i]!.forNowUpper).toBe(ticks[i - leadTicks]!.upper);
  }
});
