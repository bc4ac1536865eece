#!/usr/bin/env node
import { CommanderError } from 'commander';
import { InputError, messageOf, WorldError } from '../core/errors.ts';
import { buildProgram } from './program.ts';
import { endQuietlyOnClosedPipe, writeNote, writeNotes } from './terminal/output.ts';

const END_MS = 500;

/** 0 done; 1 the world failed (a server, a disk) or a bug; 2 the input is wrong and nothing was written. */
async function main(): Promise<void> {
  endQuietlyOnClosedPipe();
  process.on('uncaughtException', endOnBug);
  try {
    await buildProgram().parseAsync(process.argv);
  } catch (error) {
    process.exitCode = report(error);
    // Whatever a failed command has open (a role's connections) keeps it alive no longer than what it said takes to be read.
    setTimeout(() => process.exit(), END_MS).unref();
  }
}

/** As Node ends by itself, but for what an error's message would do to a terminal. */
function endOnBug(error: unknown): void {
  writeNotes(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

/** Says what went wrong in one sentence on standard error. @returns the exit code */
function report(error: unknown): number {
  // Commander has already printed its own help or complaint.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const message = messageOf(error);
  if (error instanceof InputError) return complain(message, 2);
  if (error instanceof WorldError) return complain(message, 1);
  const exitCode = complain(`unexpected: ${message} (a bug; DEBUG=1 shows where)`, 1);
  if (process.env.DEBUG && error instanceof Error) writeNotes(`${error.stack}\n`);
  return exitCode;
}

function complain(message: string, exitCode: number): number {
  writeNote(`prescale: ${message}`);
  return exitCode;
}

await main();
