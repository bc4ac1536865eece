import { describe, expect, it } from 'vitest';
import { ApiError } from '../kubernetes/api.ts';
import { memoryKubernetes } from '../kubernetes/fake/memory-api.ts';
import { type EventLimits, eventRecorder } from './events.ts';

const EVENTS = '/api/v1/namespaces/shop/events';
const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u1' };
const note = '6 → 9: 840 req/s expected at 09:03, pods need 21 s';
const scaled = (words = note) => ({ type: 'Normal' as const, reason: 'Scaled', note: words, action: 'Scale' });

interface Event {
  readonly metadata: { readonly name: string };
  readonly message: string;
  readonly count: number;
  readonly lastTimestamp: string;
}

function recording(limits: Partial<EventLimits> = {}) {
  const api = memoryKubernetes({ namespaces: ['shop'] });
  const errors: string[] = [];
  let now = 0;
  const recorder = eventRecorder({
    api,
    instance: 'prescale-0',
    monotonicNow: () => now,
    wallNow: () => 1_800_000_000 + now,
    onError: (error) => errors.push(error.message),
    limits,
  });
  /** So many records, one each `seconds`. */
  const repeat = async (times: number, seconds: number, words: (i: number) => string = () => note) => {
    for (let i = 0; i < times; i++) {
      recorder.record(web, scaled(words(i)));
      now += seconds;
      // Sent in the background, as in a process that goes on.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const events = async () => {
    await recorder.flush();
    return (await api.get<{ items: Event[] }>(EVENTS)).items;
  };
  return { api, recorder, errors, events, repeat, pass: (seconds: number) => (now += seconds) };
}

describe('events on a workload', () => {
  it('say in words what happened, to which object, and who says so', async () => {
    const { recorder, events } = recording();
    recorder.record(web, scaled());
    expect(await events()).toMatchObject([
      {
        type: 'Normal',
        reason: 'Scaled',
        action: 'Scale',
        message: note,
        count: 1,
        firstTimestamp: '2027-01-15T08:00:00Z',
        involvedObject: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u1' },
        reportingComponent: 'prescale.dev/prescale',
        reportingInstance: 'prescale-0',
      },
    ]);
  });

  it('the same words again raise a count, written once a minute and at the end', async () => {
    const { api, events, repeat } = recording();
    await repeat(41, 15);
    expect(api.requests).toMatchObject({ create: 1, patch: 10 });
    await repeat(1, 1);
    const [event, ...others] = await events();
    expect(others).toEqual([]);
    expect(event).toMatchObject({ count: 42, lastTimestamp: '2027-01-15T08:10:15Z' });
  });

  it('after ten minutes of silence the same words are a new event', async () => {
    const { events, repeat, pass } = recording();
    await repeat(1, 1);
    pass(601);
    await repeat(1, 1);
    expect(await events()).toHaveLength(2);
  });

  it('one that was dropped as too many waited is written when it happens again', async () => {
    const { recorder, events } = recording({ queue: 1 });
    recorder.record(web, scaled('1 → 2'));
    recorder.record(web, scaled('2 → 3'));
    expect(await events()).toMatchObject([{ message: '1 → 2' }]);
    expect(recorder.dropped).toBe(1);
    recorder.record(web, scaled('2 → 3'));
    expect(await events()).toMatchObject([{ message: '1 → 2' }, { message: '2 → 3', count: 1 }]);
  });

  it('a loop with ever new words can not flood: ten at once, one a minute, and it says how many it hides', async () => {
    const { recorder, events, repeat } = recording();
    await repeat(240, 15, (i) => `${i} → ${i + 1}`);
    const shown = await events();
    expect(shown).toHaveLength(10 + 59);
    expect(recorder.dropped).toBe(240 - shown.length);
    expect(shown.at(-1)!.message).toMatch(/^\d+ → \d+ \(3 more events on it were not shown\)$/);
  });

  it('one workload that loops costs another nothing', async () => {
    const { recorder, events, repeat } = recording();
    await repeat(100, 0, (i) => `${i}`);
    recorder.record({ ...web, name: 'api' }, scaled('quiet'));
    expect((await events()).map((event) => event.message)).toContain('quiet');
  });

  it('an event that is gone by now is written again, with its count', async () => {
    const { api, events, repeat } = recording();
    await repeat(1, 60);
    const [first] = await events();
    await api.delete(`${EVENTS}/${first!.metadata.name}`);
    await repeat(1, 60);
    expect((await events()).map(({ count }) => count)).toEqual([2]);
  });

  it('are not worth failing for: an API server that is down is reported, and later events are written', async () => {
    const { api, errors, events, repeat } = recording({ queue: 5 });
    api.intercept = ({ verb }) =>
      verb === 'create' ? { error: new ApiError('down', 0, 'ConnectionRefused') } : undefined;
    await repeat(2, 1, (i) => `lost ${i}`);
    expect(errors).toEqual(['down', 'down']);
    api.intercept = undefined;
    await repeat(1, 1, () => 'there');
    expect(await events()).toMatchObject([{ message: 'there' }]);
  });

  it('of what every replica finds at every start are one: the API server refuses the second, and nobody hears of that', async () => {
    const api = memoryKubernetes({ namespaces: ['shop'] });
    const errors: Error[] = [];
    const mistake = (words: string) =>
      ({ type: 'Warning', reason: 'PolicyError', action: 'Observe', note: words, once: true }) as const;
    for (let start = 0; start < 5; start++) {
      const recorder = eventRecorder({
        api,
        instance: `prescale-${start}`,
        monotonicNow: () => 0,
        wallNow: () => 1_800_000_000 + start * 60,
        onError: (error) => errors.push(error),
      });
      recorder.record(web, mistake('prescale.dev/target: found "abc"'));
      await recorder.flush();
      if (start === 3) recorder.record(web, mistake('prescale.dev/target: found "xyz"'));
      await recorder.flush();
    }
    const { items } = await api.get<{ items: Event[] }>(EVENTS);
    expect(items.map(({ message }) => message)).toEqual([
      expect.stringContaining('"abc"'),
      expect.stringContaining('"xyz"'),
    ]);
    expect(errors).toEqual([]);
  });

  it('that are too long end after a whole word, though words of many bytes lie at the limit', async () => {
    const { recorder, events } = recording();
    recorder.record(web, scaled('größer als erlaubt → '.repeat(60)));
    const [event] = await events();
    expect(Buffer.byteLength(event!.message)).toBeLessThanOrEqual(1024);
    expect(event!.message).toMatch(/ (?:größer|als|erlaubt|→)…$/);
  });

  it('fit the API server: long notes and names are cut between characters', async () => {
    const { recorder, events } = recording();
    recorder.record({ ...web, name: 'n'.repeat(253) }, scaled('→'.repeat(1000)));
    const [event] = await events();
    expect(event!.metadata.name).toHaveLength(253);
    expect(Buffer.byteLength(event!.message)).toBeLessThanOrEqual(1024);
    expect(event!.message).toMatch(/^→+…$/);
  });
});
