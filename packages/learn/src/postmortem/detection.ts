import { offsetOf } from '../analysis/moments.ts';
import type { ExperimentLessons, Lessons } from '../lessons.ts';
import { showDuration } from '../text/figures.ts';
import { markdownCode as code } from '../text/markdown.ts';

/** What could be seen first, and how long after the fault began: what an alert would have had to work with. */
export function detection({ experiments }: Lessons): string[] {
  const lines = experiments.flatMap(firstSigns);
  return [
    ...(lines.length > 0 ? ['First signs that the run recorded:', '', ...lines, ''] : []),
    'Which alert fires on this, when, and who gets it? What does that person see first? …',
    '',
  ];
}

function firstSigns({ trace, moments }: ExperimentLessons): string[] {
  const begins = trace.faults.find((fault) => fault.injected)?.from;
  if (begins === undefined) return [];
  const signs = moments.filter(
    ({ at, kind }) => at >= begins && ['harm-seen', 'breaker', 'policy', 'probe'].includes(kind),
  );
  const policy = signs.find(({ kind }) => kind === 'breaker' || kind === 'policy');
  const user = signs.find(({ kind }) => kind === 'harm-seen' || kind === 'probe');
  const after = (at: number) => showDuration(offsetOf(trace, at) - offsetOf(trace, begins));
  const parts = [
    policy && `in the system after ${after(policy.at)} (${code(policy.text)})`,
    user && `at the way in after ${after(user.at)} (${code(user.text)})`,
  ].filter((part) => part !== undefined);
  if (parts.length === 0) return [`- ${code(trace.experiment)}: none while the fault was on.`];
  return [`- ${code(trace.experiment)}: ${parts.join(', ')}.`];
}
