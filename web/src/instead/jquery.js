// All that the widgets ask of jQuery: an element in a box, which can be emptied.
/** @param {Element} element */
export default function $(element) {
  return Object.assign(Object.create($.prototype), { 0: element, length: 1 });
}

$.prototype.empty = function () {
  this[0].replaceChildren();
  return this;
};
