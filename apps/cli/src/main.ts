#!/usr/bin/env node
/** The program `seaworthy`: its command line in, its exit code out. */
import { runCli } from './cli.ts';
import { processSurroundings } from './terminal.ts';

process.exitCode = await runCli(process.argv.slice(2), processSurroundings());
