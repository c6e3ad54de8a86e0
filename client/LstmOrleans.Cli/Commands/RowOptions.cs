using System.CommandLine;
using LstmOrleans.Rows;

namespace LstmOrleans.Cli.Commands;

/// <summary>Where rows come from and what is taken of them: the options of ingest and forward.</summary>
internal sealed class RowOptions
{
    private const string Csv = "csv", JsonLines = "jsonl";

    private readonly Option<string> _input = new("--input")
    {
        Description = "The rows: a file, or - for standard input.",
        HelpName = "FILE|-",
        DefaultValueFactory = _ => RowSource.StandardInput,
    };

    private readonly Option<string?> _format = new("--format")
    {
        Description = "csv (with a header line) or jsonl (each line an array, or an object with names). Default: by the file's name, "
            + "else csv.",
        HelpName = "csv|jsonl",
    };

    private readonly Option<string?> _columns = new("--columns")
    {
        Description = "The features, in the model's order. Default: the model's feature names, else every numeric column.",
        HelpName = "a,b,c",
    };

    private readonly Option<string?> _answer = new("--answer")
    {
        Description = "What a step answers: the head's result where the model has a head, or the LSTM's output. Default: head.",
        HelpName = "head|output",
    };

    public RowOptions()
    {
        _format.AcceptOnlyFromAmong(Csv, JsonLines);
        _answer.AcceptOnlyFromAmong("head", "output");
    }

    public void AddTo(Command command)
    {
        command.Options.Add(_input);
        command.Options.Add(_format);
        command.Options.Add(_columns);
        command.Options.Add(_answer);
    }

    public string Input(ParseResult parsed) => parsed.GetRequiredValue(_input);

    public bool Json(ParseResult parsed) => parsed.GetValue(_format) is { } format
        ? format == JsonLines
        : Path.GetExtension(Input(parsed)).ToUpperInvariant() is ".JSONL" or ".NDJSON";

    public string[] Columns(ParseResult parsed) => SplitNames(parsed.GetValue(_columns));

    public bool AnswerOutput(ParseResult parsed) => parsed.GetValue(_answer) == "output";

    public static string[] SplitNames(string? list) => list?.Split(',', StringSplitOptions.TrimEntries) ?? [];
}
