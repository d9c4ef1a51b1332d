/** The bounds of what a file may ask for. Each is far above what an experiment needs and below what does harm. */

/** Characters of one file. */
export const fileSizeMax = 256 * 1024;

/** A fault shorter than this is over before it can be seen to bite. */
export const faultMsMin = 100;
/** A fault longer than this is an outage. */
export const faultMsMax = 3_600_000;
/** When a fault may begin at the latest. */
export const atMsMax = 3_600_000;

/** The steady state before and after the faults. */
export const phaseMsMin = 500;
export const phaseMsMax = 3_600_000;
/** How long the steady state is measured before the first fault, unless the file says otherwise. */
export const beforeMsDefault = 5_000;
/** How long the system is watched after the last fault, unless the file or an expectation asks for more. */
export const afterMsDefault = 10_000;

/** One request, of the load or of a probe. */
export const timeoutMsMax = 300_000;
export const timeoutMsDefault = 2_000;

/** Requests a second of the load. */
export const rateMax = 100_000;

/** How long a service may take to get ready. */
export const readyMsDefault = 10_000;
export const readyMsMax = 300_000;

/** How many entries one list or map may have. */
export const entriesMax = 200;
