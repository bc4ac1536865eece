import { readFileSync } from 'node:fs';

/**
 * CPU seconds of a process's main thread; NaN where /proc doesn't tell. It is utime and stime of the first thread, in ticks of 10 ms.
 * Source: proc_pid_stat(5), fields 14 and 15.
 */
export function mainThreadSeconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}
