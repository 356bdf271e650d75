"""How the parts of a form stand on the page: labels in a column, help and messages below their control."""

FORM_STYLE = """<style>
.hilnb .hilnb-fields { container-type: inline-size; gap: 6px; max-width: 46em; margin-top: 6px;
  --hilnb-column: 9.5em; }
.hilnb .hilnb-fields .widget-box { overflow: visible; }
.hilnb .hilnb-whole > .widget-vbox, .hilnb .hilnb-group > .widget-vbox { gap: 6px; }
.hilnb .hilnb-fields .widget-inline-hbox, .hilnb .hilnb-fields .widget-radio { display: flex; flex-flow: row nowrap;
  align-items: baseline; width: auto; height: auto; margin: 0; }
.hilnb .hilnb-fields .widget-inline-hbox > .widget-label, .hilnb .hilnb-fields .widget-radio > .widget-label,
.hilnb .hilnb-fields .hilnb-label-column { flex: 0 0 var(--hilnb-column); width: var(--hilnb-column);
  margin: 0 8px 0 0; text-align: left; white-space: normal; overflow-wrap: anywhere; line-height: 1.35; height: auto; }
.hilnb .hilnb-fields .widget-inline-hbox > :not(.widget-label) { flex: 1 1 8em; min-width: 0; margin: 0; }
.hilnb .hilnb-fields input:is([type=date], [type=time], [type=datetime-local]) { flex: 0 1 15em; height: 28px;
  box-sizing: border-box; padding: 2px 8px; border: 1px solid var(--jp-border-color1, #bdbdbd);
  background: var(--jp-layout-color1, #fff); color: var(--jp-ui-font-color1, #212121); font: inherit; }
[data-jp-theme-light=false] .hilnb .hilnb-fields input { color-scheme: dark; }
.hilnb .hilnb-form .hilnb-fields textarea { font-family: inherit; resize: vertical; }
.hilnb .hilnb-form .hilnb-fields .hilnb-code textarea { font-family: var(--jp-code-font-family, monospace); }
.hilnb .hilnb-fields .hilnb-below { margin: 1px 0 2px calc(var(--hilnb-column) + 8px); }
.hilnb .hilnb-fields .hilnb-below:not(:has(pre)) { display: none; }
.hilnb .hilnb-fields .hilnb-below pre { font-size: var(--jp-ui-font-size0, 12px); }
.hilnb .hilnb-fields div.hilnb-error pre { font-family: inherit; }
.hilnb .hilnb-group > .hilnb-below, .hilnb .hilnb-whole > .hilnb-below { margin-left: 0; }
.hilnb .hilnb-group, .hilnb .hilnb-nested { border-left: 1px solid var(--jp-border-color1, #bdbdbd);
  padding: 0 0 2px 12px; margin: 4px 0 4px 1px; --hilnb-column: calc(9.5em - 14px); }
.hilnb .hilnb-nested { margin-top: 6px; }
.hilnb :is(.hilnb-group, .hilnb-nested) :is(.hilnb-group, .hilnb-nested) { --hilnb-column: calc(9.5em - 28px); }
.hilnb .hilnb-title pre { font-weight: 600; }
.hilnb .hilnb-fields .hilnb-inline .widget-radio-box.widget-radio-box { display: flex; flex-flow: row wrap;
  gap: 2px 18px; margin: 0 !important; }
.hilnb .hilnb-fields > .jupyter-button { margin-left: 0; }
.hilnb .hilnb-fields .widget-radio { align-items: flex-start; padding: 3px 0; }
.hilnb .hilnb-fields .widget-radio > .widget-label { padding-top: 1px; }
.hilnb .hilnb-fields .hilnb-line { align-items: baseline; gap: 8px 0; }
.hilnb .hilnb-fields .hilnb-line > .jupyter-button { margin: 0 10px 0 0; }
.hilnb .hilnb-fields .hilnb-checks { flex-flow: row wrap; gap: 2px 18px; flex: 1 1 8em; min-width: 0; }
.hilnb .hilnb-fields .widget-checkbox { width: auto; margin: 0; }
.hilnb .hilnb-fields .widget-checkbox .widget-label-basic { align-items: center; white-space: normal; gap: 2px; }
.hilnb .hilnb-fields .hilnb-item { align-items: flex-start; gap: 8px; position: relative; }
.hilnb .hilnb-fields .hilnb-item > :first-child { flex: 1 1 auto; min-width: 0; }
.hilnb .hilnb-fields .hilnb-item > .hilnb-group + .jupyter-button { position: absolute; right: 0; top: 0; }
.hilnb .hilnb-fields .hilnb-item > .hilnb-group > .hilnb-title { min-height: 26px; padding-right: 6em; }
.hilnb .hilnb-fields .hilnb-small { height: auto; line-height: 1.4; padding: 3px 8px; margin: 0 6px 0 0; }
.hilnb .hilnb-fields .hilnb-item > .hilnb-small { margin: 0; }
@container (max-width: 380px) {
  .hilnb .hilnb-fields .hilnb-part :is(.widget-inline-hbox, .widget-radio, .hilnb-line) { flex-direction: column;
    align-items: stretch; gap: 1px; }
  .hilnb .hilnb-fields .hilnb-part :is(.widget-inline-hbox, .widget-radio, .hilnb-line) > * { flex: none;
    width: auto; }
  .hilnb .hilnb-fields .hilnb-part > .hilnb-below { margin-left: 0; }
}
</style>"""
