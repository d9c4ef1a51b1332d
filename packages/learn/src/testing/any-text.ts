import * as fc from 'fast-check';

/** Any text: any UTF-16 unit, so control characters, marks and lone surrogates too; most of it in the usual range. */
export function anyText(lengthMax = 40): fc.Arbitrary<string> {
  const unit = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 0x7f }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }) },
  );
  return fc.array(unit, { maxLength: lengthMax }).map((units) => String.fromCharCode(...units));
}
