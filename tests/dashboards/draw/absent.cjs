// Stands for modules that the packages name and dashboards do not need: anything asked of it is there and does nothing.
const anything = () =>
  new Proxy(function () { return null; }, {
    get(target, key) {
      if (key === '__esModule') return true;
      if (key === 'prototype') return target.prototype;
      if (key === Symbol.toPrimitive) return () => '';
      if (key === Symbol.iterator) return function* () {};
      return anything();
    },
  });
module.exports = anything();
