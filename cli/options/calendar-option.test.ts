import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dayOfDate } from '../../core/calendar/calendar.ts';
import { parseCalendar } from './calendar-option.ts';

it('neither option: no calendar, so hours are UTC', async () => {
  expect(await parseCalendar({})).toBeUndefined();
});

it('a zone and a file of dates', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'prescale-calendar-'));
  try {
    const file = join(folder, 'days.yaml');
    await writeFile(file, 'dates: 2026-12-24, 2026-12-31\n');
    const calendar = await parseCalendar({ timezone: 'Europe/Berlin', holidays: file });
    expect(calendar!.isHoliday(dayOfDate('2026-12-24')!)).toBe(true);
    expect(calendar!.isHoliday(dayOfDate('2026-12-25')!)).toBe(false);
    expect(calendar!.offsetSeconds(Date.parse('2026-07-01') / 1_000)).toBe(7_200);
    expect((await parseCalendar({ timezone: '+08:00' }))!.offsetSeconds(0)).toBe(8 * 3_600);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('what there is not is answered with what was meant', async () => {
  await expect(parseCalendar({ timezone: 'Europe/Berln' })).rejects.toThrow(
    '--timezone: found "Europe/Berln"; expected +02:00 or an IANA time zone such as Europe/Berlin, Asia/Shanghai or UTC; did you mean Europe/Berlin?',
  );
  await expect(parseCalendar({ holidays: 'QQ' })).rejects.toThrow(/^--holidays: found "QQ"; expected an ISO country/);
  await expect(parseCalendar({ holidays: 'no-such-file' })).rejects.toThrow(/^--holidays no-such-file: /);
});
