import { byMethod } from './frames.ts';
import { HORIZONS, type PeerRow } from './measure.ts';
import { TARGETS, targetLines, verdicts } from './verdicts.ts';

/** The section of docs/benchmarks.md: by method, ours against the best peer of each load, and the targets. */
export function peersMarkdown(rows: readonly PeerRow[], notes: readonly string[]): string {
  const means = byMethod(rows);
  const parts = HORIZONS.map((horizon) => {
    const own = means.filter((mean) => mean.horizon === horizon);
    const head = [
      'method',
      'loads',
      'WAPE',
      'MASE',
      'loss',
      'covered at 0.95',
      'pinball 0.5',
      'pinball 0.95',
      'seconds',
      'MB',
    ];
    const cells = own.map((m) => [
      m.method,
      String(m.loads),
      ...[m.WAPE, m.MASE, m.loss].map(figure),
      Number.isFinite(m.cover95) ? m.cover95.toFixed(2) : '–',
      figure(m.pinball50),
      figure(m.pinball95),
      Number.isFinite(m.seconds) ? m.seconds.toPrecision(2) : '–',
      Number.isFinite(m.megabytes) ? m.megabytes.toFixed(0) : '–',
    ]);
    return [`**${horizon} ahead**`, table(head, cells)];
  });
  const wins = TARGETS.map((target) => {
    const found = verdicts(rows, target);
    const head = ['load', 'ours', 'best peer', 'its figure', 'ours ÷ best', ''];
    const cells = found.map((v) => [
      v.trace,
      figure(v.ours),
      v.bestPeer,
      figure(v.best),
      v.ratio.toFixed(3),
      v.ratio < 1 ? 'won' : '**lost**',
    ]);
    return [`**Ours against the best peer of each load, ${target.text}**`, table(head, cells)];
  });
  const wanted = targetLines(rows).map((text) => `- ${text}`);
  return [...parts.flat(), ...wins.flat(), wanted.join('\n'), ...notes].join('\n\n');
}

function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value.toFixed(value < 0.1 ? 4 : 3);
}

/** A Markdown table with columns of one width, as the formatter writes it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, i) => Math.max(3, cell.length, ...rows.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
