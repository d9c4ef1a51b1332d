import { soak } from '../../tests/proxy/soak.ts';

/** The large soak: 1,000 connections under 1,000 random changes of toxics. Exits with 1 when a byte is lost. */
const seed = Number(process.argv[2] ?? Date.now() % 1_000_000);
const connections = 1000;
const result = await soak({ connections, changes: 1000, bytesEach: 256 * 1024, seed });
console.log(
  `seed ${seed}: ${result.whole} of ${connections} connections whole, ${result.wrongBytes} bytes wrong, ` +
    `${result.left} connections left, ${Math.round(result.durationMs)} ms, ` +
    `at most ${Math.round(result.residentBytesMax / 1e6)} MB resident`,
);
process.exitCode = result.whole === connections && result.left === 0 ? 0 : 1;
