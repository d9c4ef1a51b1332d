export { experiment } from './format/build-experiment.ts';
export { ExperimentFileError } from './format/experiment-file-error.ts';
export type { FileProblem } from './format/experiment-file-error.ts';
export type {
  ExperimentInput,
  LoadInput,
  ProbeInput,
  RequestInput,
  SqlInput,
  StepInput,
} from './format/experiment-input.ts';
export { experimentJsonSchema, systemJsonSchema } from './format/json-schema.ts';
export type { FileKind } from './format/file-kind.ts';
export { loadExperiment } from './format/load-experiment.ts';
export type { LoadOptions } from './format/load-experiment.ts';
export { chooseMode, loadSystem } from './format/load-system.ts';
export { readFileKind } from './format/read-file-kind.ts';
export type { FaultDescription } from './format/parts/step-shapes.ts';
export type { JsonSchema } from './format/shapes/shape.ts';
export { resolveVariables } from './variables.ts';
export type {
  AbortCondition,
  Claim,
  Comparison,
  Expectation,
  Experiment,
  GameDay,
  LoadDefinition,
  LoadMeasure,
  LoadRequest,
  LoadWindow,
  Mode,
  Probe,
  ServiceDefinition,
  Step,
  SystemDefinition,
  Target,
} from './model.ts';
export { evaluate } from './run/evaluate.ts';
export type {
  ExperimentOptions,
  ExperimentOutcome,
  JournalPort,
  JudgedExpectation,
  SystemPort,
} from './run/ports.ts';
export { RunError } from './run/run-error.ts';
export type { RunErrorCode } from './run/run-error.ts';
export { runExperiment } from './run/run-experiment.ts';
