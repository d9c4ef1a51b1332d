// The shop's page: shows the goods, keeps the cart, buys. It says plainly when something is degraded, keeps the cart
// through every failure, and sends one key with one cart, so that buying twice by accident is not possible.

const refreshEveryMs = 5_000;
const orderAskedEveryMs = 1_000;
const answerWithinMs = 8_000;

const byId = (id) => document.getElementById(id);
const money = (cents) =>
  new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' }).format(cents / 100);

/** The goods as last seen; the cart survives reloads. */
const goods = new Map();
let cart = readStored('cart', {});
let shownSku;

// ---------------------------------------------------------------- talking to the shop

/** Asks the shop; throws an Error whose message may be shown. */
async function ask(path, init = {}) {
  let response;
  try {
    response = await fetch(path, { ...init, signal: AbortSignal.timeout(answerWithinMs) });
  } catch (error) {
    throw new Error('The shop does not answer. Your cart is kept; we keep trying.', { cause: error });
  }
  const body = await response.json().catch(() => ({}));
  if (response.ok || body.status === 'sold-out') return body;
  throw new Error(body.detail ?? `The shop answered with ${response.status}.`);
}

async function refresh() {
  try {
    const { products, notices } = await ask('api/products');
    for (const product of products) goods.set(product.sku, product);
    showProducts();
    showCart();
    showNotices(notices.map(({ text }) => text));
  } catch (error) {
    showNotices([error.message]);
  }
}

// ---------------------------------------------------------------- the goods

/** Cards are made once and then updated in place, so that focus and reading position stay where they are. */
function showProducts() {
  const list = byId('products');
  list.removeAttribute('aria-busy');
  for (const product of goods.values()) {
    const card = list.querySelector(`[data-sku="${product.sku}"]`) ?? list.appendChild(newCard(product));
    card.querySelector('.price').textContent = money(product.priceCents);
    showStock(card.querySelector('.stock'), product.onHand);
  }
}

function newCard({ sku, name, description }) {
  const item = element('li', { className: 'product' });
  item.dataset.sku = sku;
  const title = element('h3');
  const open = element('button', { type: 'button', textContent: name });
  open.addEventListener('click', () => showProduct(sku));
  title.append(open);
  const line = element('p', { className: 'line' });
  line.append(element('span', { className: 'price' }), ' ', element('span', { className: 'stock' }));
  const add = element('button', { type: 'button', className: 'primary', textContent: 'Add to cart' });
  add.setAttribute('aria-label', `Add ${name} to cart`);
  add.addEventListener('click', () => addToCart(sku));
  item.append(picture(sku), title, element('p', { textContent: description }), line, add);
  return item;
}

function showStock(target, onHand) {
  if (onHand === 'unknown') setText(target, 'Stock unknown', 'unknown');
  else if (onHand === 0) setText(target, 'Sold out', 'none');
  else setText(target, onHand <= 20 ? `Only ${onHand} left` : 'In stock', 'some');
}

async function showProduct(sku) {
  shownSku = sku;
  const product = goods.get(sku);
  byId('product-picture').setAttribute('href', `pictures.svg#${sku}`);
  byId('product-name').textContent = product.name;
  byId('product-description').textContent = product.description;
  byId('product-price').textContent = money(product.priceCents);
  showStock(byId('product-stock'), product.onHand);
  byId('recommendations').replaceChildren();
  byId('recommendations-note').textContent = 'One moment.';
  if (!byId('product-dialog').open) byId('product-dialog').showModal();
  try {
    const { recommendations, notices } = await ask(`api/products/${encodeURIComponent(sku)}`);
    if (shownSku !== sku) return;
    const resting = notices.find(({ code }) => code === 'recommendations-resting');
    byId('recommendations-note').textContent = resting?.text ?? '';
    byId('recommendations').replaceChildren(...recommendations.map(recommendation));
  } catch (error) {
    if (shownSku === sku) byId('recommendations-note').textContent = error.message;
  }
}

function recommendation({ sku, name }) {
  const item = element('li');
  const open = element('button', { type: 'button', className: 'quiet', textContent: name });
  open.addEventListener('click', () => showProduct(sku));
  item.append(open);
  return item;
}

// ---------------------------------------------------------------- the cart

function addToCart(sku) {
  changeCart({ ...cart, [sku]: Math.min(99, (cart[sku] ?? 0) + 1) });
  announce(`${goods.get(sku).name} is in your cart.`);
}

function changeCart(next) {
  cart = Object.fromEntries(Object.entries(next).filter(([, quantity]) => quantity > 0));
  store('cart', cart);
  // Another cart is another order: it gets a key of its own when it is bought.
  store('key', undefined);
  byId('order-status').replaceChildren();
  showCart();
}

function showCart() {
  const lines = Object.entries(cart).filter(([sku]) => goods.has(sku));
  const pieces = lines.reduce((sum, [, quantity]) => sum + quantity, 0);
  const total = lines.reduce((sum, [sku, quantity]) => sum + goods.get(sku).priceCents * quantity, 0);
  byId('cart-count').textContent = String(pieces);
  byId('cart-empty').hidden = pieces > 0;
  byId('cart-total').textContent = pieces > 0 ? `Together ${money(total)}` : '';
  byId('buy').hidden = pieces === 0;
  const list = byId('cart-lines');
  for (const item of list.querySelectorAll('li')) if (!(item.dataset.sku in cart)) item.remove();
  for (const [sku, quantity] of lines) {
    const item = list.querySelector(`[data-sku="${sku}"]`) ?? list.appendChild(newCartLine(sku));
    const input = item.querySelector('input');
    if (document.activeElement !== input) input.value = String(quantity);
    item.querySelector('.price').textContent = money(goods.get(sku).priceCents * quantity);
  }
}

function newCartLine(sku) {
  const { name } = goods.get(sku);
  const item = element('li');
  item.dataset.sku = sku;
  const input = element('input', { type: 'number', min: '1', max: '99', required: true });
  input.setAttribute('aria-label', `Pieces of ${name}`);
  input.addEventListener('change', () => {
    const quantity = Math.round(Number(input.value));
    changeCart({ ...cart, [sku]: Math.min(99, Math.max(1, Number.isFinite(quantity) ? quantity : 1)) });
    input.value = String(cart[sku]);
  });
  const remove = element('button', { type: 'button', className: 'quiet', textContent: 'Remove' });
  remove.setAttribute('aria-label', `Remove ${name}`);
  remove.addEventListener('click', () => {
    changeCart({ ...cart, [sku]: 0 });
    byId('cart-title').parentElement.focus();
  });
  item.append(element('span', { textContent: name }), input, element('span', { className: 'price' }), remove);
  return item;
}

// ---------------------------------------------------------------- buying

async function buy() {
  const button = byId('buy');
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  showOrder('One moment, we are placing your order.');
  const bought = cart;
  try {
    const order = await placeOrder(bought);
    if (order.status === 'sold-out') {
      store('key', undefined);
      showOrder('Sold out while you were looking. Please take something out of your cart; nothing was charged.');
      return;
    }
    changeCart({});
    await follow(order);
  } catch (error) {
    showOrder(error.message);
  } finally {
    button.removeAttribute('aria-disabled');
  }
}

/** One cart, one key: asked again after a failure, the shop knows that it is the same order. */
function placeOrder(bought) {
  const key = readStored('key', undefined) ?? crypto.randomUUID();
  store('key', key);
  const lines = Object.entries(bought).map(([sku, quantity]) => ({ sku, quantity }));
  return ask('api/orders', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': `"${key}"` },
    body: JSON.stringify({ lines }),
  });
}

/** Tells how the order stands until it is confirmed, or another one is begun. */
async function follow(order) {
  showOrderOf(order);
  let current = order;
  while (current.status === 'confirming' && Object.keys(cart).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, orderAskedEveryMs));
    const next = await ask(`api/orders/${order.id}`).catch(() => current);
    if (next.status !== current.status && Object.keys(cart).length === 0) showOrderOf(next);
    current = next;
  }
}

function showOrderOf({ id, status, totalCents, notices }) {
  const number = id.slice(0, 8);
  if (status === 'confirmed') showOrder(`Thank you. Order ${number} is confirmed: ${money(totalCents)}.`);
  else if (status === 'confirming') showOrder(`Thank you. ${notices[0]?.text ?? ''} (Order ${number}.)`);
  else showOrder(`Order ${number} could not be fulfilled, and was not charged. We are sorry.`);
}

// ---------------------------------------------------------------- small things

function showOrder(text) {
  const target = byId('order-status');
  if (target.textContent !== text) target.replaceChildren(element('p', { className: 'notice', textContent: text }));
}

/** Said again only when it changed, so that a screen reader is not made to repeat itself. */
function showNotices(texts) {
  const target = byId('notices');
  if ([...target.children].map((child) => child.textContent).join('\n') === texts.join('\n')) return;
  target.replaceChildren(...texts.map((text) => element('p', { className: 'notice', textContent: text })));
}

function announce(text) {
  byId('announcer').textContent = text;
}

function setText(target, text, level) {
  if (target.textContent !== text) target.textContent = text;
  target.dataset.level = level;
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}

function picture(sku) {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('class', 'picture');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(namespace, 'use');
  use.setAttribute('href', `pictures.svg#${sku}`);
  svg.append(use);
  return svg;
}

function readStored(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function store(name, value) {
  if (value === undefined) localStorage.removeItem(name);
  else localStorage.setItem(name, JSON.stringify(value));
}

// ---------------------------------------------------------------- begin

byId('cart-button').addEventListener('click', () => {
  showCart();
  byId('cart-dialog').showModal();
});
byId('product-add').addEventListener('click', () => addToCart(shownSku));
byId('buy').addEventListener('click', () => void buy());

await refresh();
setInterval(() => {
  if (!document.hidden) void refresh();
}, refreshEveryMs);
