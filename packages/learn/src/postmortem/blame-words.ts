/**
 * Wording that explains an incident by blaming, by kind, after the categories of Dekker, "The Field Guide to
 * Understanding 'Human Error'": counterfactual, judgmental, proximal (a person and an error verb), hindsight. Each with
 * what to ask instead: what happened and how it made sense, not who and why not.
 */

/** The kinds of wording. */
export type BlameKind =
  | 'human-error'
  | 'counterfactual'
  | 'judgmental'
  | 'person'
  | 'hindsight'
  | 'single-cause';

/** A pattern of one kind; its flags hold `g`, and its first group, where it has one, is what is marked. */
export interface BlamePattern {
  readonly kind: BlameKind;
  readonly pattern: RegExp;
}

/** For each kind: why it hides more than it says, and what to write in its place. */
export const advice: Readonly<Record<BlameKind, { readonly why: string; readonly instead: string }>> = {
  'human-error': {
    why: 'It names where the search stopped, not what happened.',
    instead:
      'Say what was done, with which tool and what it showed; ask how it looked like the right thing to do at the time.',
  },
  counterfactual: {
    why: 'It tells of a past that did not happen.',
    instead: 'Say what was done, and ask what was known then and how it made that sensible.',
  },
  judgmental: {
    why: 'It judges, and says nothing that could be mended.',
    instead: 'Say what was seen or measured; ask how the work is usually done and what makes it hard.',
  },
  person: {
    why: 'It ties the failure to a person, where anyone in that place could have met it.',
    instead:
      'Name the action and the system: “the change was applied at 10:02”; ask how the system let it through.',
  },
  hindsight: {
    why: 'It was not plain at the time, or it would have gone otherwise.',
    instead: 'Say when it was first visible, to whom, and on which screen; ask what hid it until then.',
  },
  'single-cause': {
    why: 'Incidents have several contributing factors, each needed and none enough.',
    instead: 'List the contributing factors; ask how each came to be there and what made them meet.',
  },
};

/** Pronouns and roles that stand for people. */
const people =
  'he|she|they|i|we|you|someone|somebody|nobody|no one|everyone|(?:the |an? |our )?(?:(?:on-?call|senior|junior|new|release|site|support|database|network|security|platform) )*(?:engineers?|operators?|developers?|admins?|administrators?|dbas?|managers?|responders?|contractors?|interns?|colleagues?|employees?|users?|humans?|reviewers?|teams?|staff|on-?call)';

/** Verbs that say of a person that something went wrong through them. */
const errorVerbs =
  "forgot|broke|misconfigured|mis-?typed|misread|misunderstood|misjudged|overlooked|ignored|neglected|missed|caused|messed up|screwed up|botched|bungled|blundered|mistakenly|accidentally|carelessly|wrongly|incorrectly|failed|did(?:n['’]t| not) (?:bother|check|notice|test|read|follow|think|realise|realize|verify|consider|care)|made (?:a|the|an?other) (?:\\w+ )?(?:mistake|error)";

/** Second words of names that systems have; what systems do is no blame. */
const systems =
  'Service|Server|Gateway|Database|Cluster|Primary|Replica|Standby|Proxy|Balancer|Queue|Cache|Node|Pod|Api|System|Worker|Broker|Store|Job|Controller|Scheduler|Client|Page|Breaker|Pool|Engine|Index|Disk|Network|Host';

/** What only people fail to do; that a service failed to start is a fact and no blame. */
const mindVerbs =
  'check|notice|read|follow|verify|test|communicate|escalate|review|ask|tell|inform|notify|see|realise|realize|understand|remember|consider|anticipate|foresee|think|recognise|recognize|document|coordinate';

/** All patterns, the more telling ones first; of two that overlap the first counts. */
export const blamePatterns: readonly BlamePattern[] = [
  {
    kind: 'human-error',
    pattern:
      /\b(?:(?:human|operator|user|pilot|engineer|admin(?:istrator)?)[ -]errors?|fat[- ]finger(?:s|ed|ing)?|pebkac|loss of situation(?:al)? awareness|violat(?:ed|ion of) (?:the )?(?:procedures?|process|protocol|runbook))\b/giu,
  },
  {
    kind: 'counterfactual',
    pattern:
      /\b(?:(?:should|could|would|must|might|ought to|needed to)(?:n[’']t| not| never| also| easily| simply| just)* have|had (?:he|she|they|we|you|anyone|someone|somebody|the (?:team|engineer|operator)) (?:only |just )?\p{L}+|if (?:only )?(?:he|she|they|we|you|anyone|someone|the (?:team|engineer|operator)) had(?:n[’']t)?|was supposed to|were supposed to|neglected to)\b/giu,
  },
  {
    kind: 'counterfactual',
    pattern: new RegExp(`\\bfail(?:ed|ing|ure|ures|s)? to (?:${mindVerbs})\\b`, 'giu'),
  },
  {
    kind: 'person',
    pattern: new RegExp(
      `(?<![\\p{L}\\p{N}-])(?:${people}|@[\\w-]+)(?: (?:had|has|have|also|then|again))? (?:${errorVerbs})(?![\\p{L}\\p{N}])`,
      'giu',
    ),
  },
  // A name of two words before such a verb; of one word only where a service would not do it.
  {
    kind: 'person',
    pattern: new RegExp(
      `(?<![\\p{L}\\p{N}-])\\p{Lu}\\p{Ll}+ (?!(?:${systems}) )\\p{Lu}\\p{Ll}+(?: (?:had|has|also|then|again))? (?:${errorVerbs})(?![\\p{L}\\p{N}])`,
      'gu',
    ),
  },
  {
    kind: 'person',
    pattern:
      /(?<![\p{L}\p{N}-])(?:\p{Lu}\p{Ll}+|\p{L}+)(?: had| has| have)? (?:forgot(?:ten)?|messed up|screwed up|botched|bungled|blundered|did(?:n[’']t| not) bother|made (?:a|the|another) (?:\p{L}+ )?mistake)(?![\p{L}\p{N}])/gu,
  },
  {
    kind: 'person',
    pattern:
      /\b(?:(?:his|her|their|my|your|our|whose) (?:fault|mistake|error)s?|to blame|at fault|is responsible for the (?:outage|incident)|the (?:culprit|guilty))\b/giu,
  },
  {
    kind: 'judgmental',
    pattern:
      /\b(?:careless(?:ly|ness)?|negligen(?:t|tly|ce)|sloppy|sloppiness|lazy|laziness|incompeten(?:t|ce)|reckless(?:ly|ness)?|stupid(?:ly|ity)?|foolish(?:ly)?|complacen(?:t|cy)|unprofessional(?:ly)?|irresponsib(?:le|ly|ility)|inattenti(?:ve|on)|ineptitude|inept|thoughtless(?:ly)?|poor judge?ment|common sense|bad (?:decision|judge?ment)|(?:obvious|simple|basic|silly|dumb|rookie|stupid) (?:mistake|error)|lack of (?:attention|care|diligence|discipline|awareness)|not paying attention|should know better)\b/giu,
  },
  {
    kind: 'hindsight',
    pattern:
      /\b(?:(?:in|with|with the benefit of) hindsight|in retrospect|looking back, it (?:is|was)|obviously|clearly|of course|it (?:is|was) (?:now )?(?:obvious|clear|plain|evident) that|inevitabl[ey]|bound to (?:happen|fail)|an accident waiting to happen|warning signs? (?:was|were) (?:there|missed|ignored))\b/giu,
  },
  {
    kind: 'single-cause',
    pattern:
      /\b(?:(?:the|a) (?:single |sole |only |real |true |ultimate )?root cause|(?:the )?(?:sole|only|single|real|true) cause|was (?:solely|entirely|simply) (?:caused by|due to|because of))\b/giu,
  },
];
