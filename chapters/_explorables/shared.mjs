/** What all figures that move have in common; loaded once, by the first that comes near. */
export { smooth_machine, support_vector_machine } from "./fit.mjs";
export { element, mount, say, written } from "./frame.mjs";
export * from "./losses.mjs";
export { bottom_of, curve, dots, handles, long, panels, path, plane, rescale } from "./plot.mjs";
