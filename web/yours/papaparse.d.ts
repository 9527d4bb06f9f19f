// The part of Papa Parse that this room uses.
declare module "papaparse" {
  interface Step {
    data: string[];
    errors: Array<{ type: string; code: string }>;
    meta: { cursor: number };
  }
  const Papa: {
    parse(
      text: string,
      config: { delimiter: string; newline: "\n"; step(found: Step): void },
    ): void;
  };
  export default Papa;
}
