import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAIN } from '../../test/spawn-prescale.ts';
import { buildProgram } from '../program.ts';
import { candidates } from './candidates.ts';
import { SCRIPTS } from './scripts.ts';

const words = (...typed: string[]) => candidates(buildProgram(), typed).words.map(({ word }) => word);

describe('what a command line may go on with', () => {
  it('commands, and what each is', () => {
    expect(words('')).toEqual(expect.arrayContaining(['replay', 'forecast', 'inspect', 'status', 'completion']));
    expect(words('in')).toEqual(['inspect']);
    expect(words('jobs', '')).toEqual(['retry', 'show']);
    expect(candidates(buildProgram(), ['stat']).words[0]!.about).toMatch(/^The cluster's workloads/);
  });

  it('options of the command, and of the one above', () => {
    expect(words('status', '--w')).toEqual(['--watch']);
    expect(words('jobs', 'retry', '--redis-p')).toEqual(['--redis-password-file', '--redis-prefix']);
    expect(words('jobs', 'retry', '--a')).toEqual(['--all']);
  });

  it('choices, after a space and after a sign', () => {
    expect(words('status', '-o', '')).toEqual(['table', 'json', 'yaml']);
    expect(words('forecast', '--output=c')).toEqual(['--output=csv']);
    expect(words('forecast', '--output', '=', 'c')).toEqual(['csv']);
    expect(words('forecast', '--output', '=')).toEqual(['table', 'json', 'yaml', 'csv']);
    expect(words('replay', '--lang', '')).toEqual(['en', 'zh']);
    expect(words('replay', '--price', 'e')).toEqual(['eci', 'eks-fargate']);
    expect(words('inspect', '--format-in', 'graf')).toEqual(['grafana', 'grafana-json']);
    expect(words('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  it('paths where a file is meant, nothing where only the person knows', () => {
    const files = (...typed: string[]) => candidates(buildProgram(), typed).files;
    expect(files('replay', '')).toBe(true);
    expect(files('replay', '--hpa', '')).toBe(true);
    expect(files('replay', '--out', '')).toBe(true);
    expect(files('replay', '--seed', '')).toBe(false);
    expect(files('status', '-n', '')).toBe(false);
    expect(words('replay', '--', '--o')).toEqual([]);
  });

  it('every command, option and choice of the tree, whatever is added to it', () => {
    const visit = (command: Command, path: readonly string[]) => {
      for (const option of command.options.filter(({ hidden }) => !hidden)) {
        expect(words(...path, option.long!)).toContain(option.long);
        if (option.argChoices) expect(words(...path, option.long!, '')).toEqual(option.argChoices);
      }
      for (const one of command.commands) {
        expect(words(...path, one.name())).toContain(one.name());
        visit(one, [...path, one.name()]);
      }
    };
    visit(buildProgram(), []);
  });

  it('never throws, whatever is typed', () => {
    const program = buildProgram();
    const word = fc.oneof(fc.string(), fc.constantFrom('jobs', 'replay', '-o', '=', '--', '--output=', '-', ''));
    const asked = fc.check(fc.property(fc.array(word), (typed) => void candidates(program, typed)));
    expect(fc.defaultReportMessage(asked)).toBeUndefined();
  });
});

const folder = mkdtempSync(join(tmpdir(), 'prescale-completion-'));
const run = promisify(execFile);
beforeAll(() => {
  const command = join(folder, 'prescale');
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(command, 0o755);
  for (const [shell, script] of Object.entries(SCRIPTS)) writeFileSync(join(folder, shell), script);
  writeFileSync(join(folder, 'load.csv'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a shell says of a line of its own language, with prescale on its path and nothing of this machine's settings. */
async function shell(name: string, args: readonly string[], line: string): Promise<string[]> {
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, HOME: folder, TERM: 'dumb', LC_ALL: 'C.UTF-8' };
  const { stdout } = await run(name, [...args, line], { cwd: folder, env, timeout: 60_000, killSignal: 'SIGKILL' });
  return stdout.split('\n').filter((each) => each !== '');
}

/** Not every machine has every shell. */
const has = (name: string) => spawnSync(name, ['--version']).status === 0;

describe.skipIf(!has('bash'))('bash', () => {
  const press = (...typed: string[]) => {
    const quoted = ['prescale', ...typed].map((word) => `'${word}'`).join(' ');
    const line = `source ./bash; COMP_WORDS=(${quoted}); COMP_CWORD=${typed.length}; _prescale; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return shell('bash', ['--norc', '-c'], line);
  };

  it('offers commands, options, choices and files', async () => {
    const [commands, options, choices, files] = await Promise.all([
      press('st'),
      press('replay', '--prometheus-u'),
      press('status', '--output', '=', 'y'),
      press('inspect', 'lo'),
    ]);
    expect({ commands, options, choices, files }).toEqual({
      commands: ['status'],
      options: ['--prometheus-user'],
      choices: ['yaml'],
      files: ['load.csv'],
    });
  });
});

describe.skipIf(!has('fish'))('fish', () => {
  it('offers commands, options, choices and files', async () => {
    const press = (line: string) => shell('fish', ['--no-config', '-c'], `source ./fish; complete -C '${line}'`);
    expect(await press('prescale st')).toEqual([expect.stringMatching(/^status\tThe cluster's workloads/)]);
    expect(await press('prescale replay --prometheus-u')).toEqual([expect.stringMatching(/^--prometheus-user\t/)]);
    expect(await press('prescale status -o y')).toEqual([expect.stringMatching(/^yaml\b/)]);
    expect(await press('prescale inspect lo')).toEqual([expect.stringMatching(/^load\.csv\b/)]);
  });
});

describe.skipIf(!has('zsh'))('zsh', () => {
  it('offers commands, options, choices and files', async () => {
    // A shell in a pseudo-terminal of zsh's own, as completion runs nowhere else.
    const press = async (typed: string) => {
      // Control-X prints what the line has become; the marks are written so that their own echo is none.
      const script = `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PS1=; autoload -U compinit; compinit -u -D; source ./zsh; setopt no_beep'
zpty -w z 'show() { print -r -- "li""ne:<\${BUFFER}>"; BUFFER= }; zle -N show; bindkey "^X" show; echo rea""dy'
while zpty -r z line; do [[ $line == *ready* ]] && break; done
zpty -n -w z $'${typed}\\t\\C-x'
while zpty -r z line; do [[ $line == *line:* ]] && break; done
print -r -- "$line"
zpty -d z`;
      return (await shell('zsh', ['-f', '-c'], script)).join('\n');
    };
    expect(await press('prescale stat')).toContain('line:<prescale status >');
    expect(await press('prescale replay --prometheus-us')).toContain('line:<prescale replay --prometheus-user >');
    expect(await press('prescale status -o y')).toContain('line:<prescale status -o yaml >');
    expect(await press('prescale inspect lo')).toContain('line:<prescale inspect load.csv >');
  });
});
