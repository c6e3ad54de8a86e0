using System.CommandLine;
using System.CommandLine.Invocation;
using LstmOrleans.Cli.Commands;

var result = new RootCommand("Trained LSTMs over live streams.") { RecordCommand.Create() }.Parse(args);
if (result.Action is ParseErrorAction errors) errors.ShowHelp = false;
var exitCode = result.Invoke();
return result.Errors.Count > 0 ? 2 : exitCode;
