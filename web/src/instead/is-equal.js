// Underscore is there already, for Backbone; lodash would bring a second one.
export { isEqual as default } from "underscore";
