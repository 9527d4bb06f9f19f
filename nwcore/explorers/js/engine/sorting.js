/** Ascending order of numbers. */

/**
 * Places of the numbers in ascending order, equal ones in the order given.
 *
 * @param {Float64Array} numbers
 */
export function ascendingOrder(numbers) {
  const order = Int32Array.from(numbers, (_, i) => i);
  return order.sort((a, b) => numbers[a] - numbers[b] || a - b);
}

/**
 * The numbers at these places, in this order.
 *
 * @param {Float64Array} numbers
 * @param {Int32Array} order
 */
export function inPlaces(numbers, order) {
  return Float64Array.from(order, (place) => numbers[place]);
}

/**
 * Whether no number is less than the one before it.
 *
 * @param {Float64Array} numbers
 */
export function isAscending(numbers) {
  for (let i = 1; i < numbers.length; i++) if (numbers[i] < numbers[i - 1]) return false;
  return true;
}
