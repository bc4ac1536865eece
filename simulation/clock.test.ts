import { expect, it } from 'vitest';
import { SimulationClock } from './clock.ts';
import { SimulatedProcess } from './processes/process.ts';

it('whoever sleeps wakes in the order of time, those of one instant in the order in which they lay down', async () => {
  const clock = new SimulationClock(100);
  const woken: string[] = [];
  const sleeper = async (name: string, ...seconds: number[]) => {
    for (const each of seconds) {
      await clock.sleep(each);
      woken.push(`${name} ${clock.nowSeconds()}`);
    }
  };
  void sleeper('a', 5, 5);
  void sleeper('b', 10);
  void sleeper('c', 1, 1);
  await clock.advance(110);
  expect(woken).toEqual(['c 101', 'c 102', 'a 105', 'b 110', 'a 110']);
  expect(clock.nowSeconds()).toBe(110);
});

it('a sleep ends early by its signal; what is planned can be taken back', async () => {
  const clock = new SimulationClock(0);
  const stop = new AbortController();
  let ended: number | undefined;
  void clock.sleep(100, stop.signal).then(() => {
    ended = clock.nowSeconds();
  });
  let ran = false;
  clock.at(20, () => {
    ran = true;
  })();
  clock.at(10, () => stop.abort());
  await clock.advance(50);
  expect(ended).toBe(10);
  expect(ran).toBe(false);
});

it('a killed process never goes on; a frozen one catches up in order; a suspended one has lost no monotonic time', async () => {
  const clock = new SimulationClock(0);
  const told: string[] = [];
  const running = (name: string) => {
    const process = new SimulatedProcess(name, clock);
    const beat = async () => {
      for (;;) {
        await process.clock.sleep(10);
        told.push(`${name} ${clock.nowSeconds()} ${process.clock.nowSeconds()}`);
      }
    };
    void beat();
    return process;
  };
  const [killed, frozen, suspended] = [running('killed'), running('frozen'), running('suspended')];
  await clock.advance(15);
  killed.kill();
  frozen.freeze();
  suspended.freeze();
  await clock.advance(45);
  frozen.thaw();
  suspended.thaw(true);
  await clock.advance(56);
  expect(told).toEqual([
    'killed 10 10',
    'frozen 10 10',
    'suspended 10 10',
    'frozen 45 45',
    'suspended 45 15',
    'frozen 55 55',
    'suspended 55 25',
  ]);
});
