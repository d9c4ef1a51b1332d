/**
 * What customers are told when something is not as it should be. Plain words, in one place: each says what is amiss and
 * what it means for the one who reads it.
 */

/** Something that the page tells beside what was asked for. */
export interface Notice {
  readonly code: 'stock-unknown' | 'recommendations-resting' | 'order-confirming';
  readonly text: string;
}

export const notices = {
  stockUnknown: {
    code: 'stock-unknown',
    text: 'Stock unknown at the moment. You can still buy; we confirm your order as soon as we have looked.',
  },
  recommendationsResting: {
    code: 'recommendations-resting',
    text: 'Recommendations are resting.',
  },
  orderConfirming: {
    code: 'order-confirming',
    text: 'Your order is being confirmed. We have it and nothing is lost; you pay once, and need not order again.',
  },
} as const satisfies Record<string, Notice>;

/** What is said when there is no answer to give. */
export const sorry = {
  catalog: 'Our shelves cannot be shown at the moment. Please try again shortly.',
  orders: 'We cannot take orders at the moment. Your cart is kept: try again shortly, and you pay once.',
  orderStatus: 'We cannot look up your order at the moment. It is kept.',
} as const;
