// What explorers are seldom asked for, in a script of its own, which each brings at the first press.
export { present } from "./present.js";
export { take } from "./take.js";
