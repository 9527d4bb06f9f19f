// The two classes of @lumino/widgets that the controls are built on, without docks and menus.
export { Panel } from "../../node_modules/@lumino/widgets/src/panel";
export { Widget } from "../../node_modules/@lumino/widgets/src/widget";
