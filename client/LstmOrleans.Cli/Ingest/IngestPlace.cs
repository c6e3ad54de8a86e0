using LstmOrleans.Client;
using LstmOrleans.Contracts.Models;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Rows;

namespace LstmOrleans.Cli.Ingest;

/// <summary>The place where an ingest stands, in three parts that a crash may tear apart: output, cursor, stream.</summary>
/// <remarks>
/// The order makes every tear mendable:
/// <code>
///   incarnation into the cursor  ->  open the stream with it
///   rows to the stream  ->  answers appended and flushed  ->  cursor replaced  ->  confirmed (by the next call)
/// </code>
/// Killed before the cursor is replaced: the output is cut back to the cursor's length, the same rows are sent again, and the
/// stream, which was not told that their answers are stored, still keeps them: the same bits come again. So the output file has
/// each answer once, and is the file of a run that was never interrupted.
/// Only durable answers come this far (<see cref="StreamProducer"/> with <c>finalOnly</c>), so the cursor is never ahead of what the stream falls back
/// to in Checkpointed mode: there the answers wait in memory, and what is killed with them is sent again.
/// </remarks>
internal sealed class IngestPlace : IDisposable
{
    private readonly IngestOptions _options;
    private readonly IAnswerOutput _output;
    private readonly CursorFile? _file;
    private readonly AnswerText _text = new();
    private IngestCursor? _cursor;
    private string? _expectedHash;
    private StreamMode _mode;
    private StreamOptions _opened;
    private bool _headerWritten;

    private IngestPlace(IngestOptions options, IAnswerOutput output, CursorFile? file)
    {
        (_options, _output, _file) = (options, output, file);
    }

    public IngestCursor Cursor => _cursor ?? throw new InvalidOperationException("The stream is opened first.");

    /// <summary>Whether no earlier run left a cursor.</summary>
    public bool IsNew { get; private set; }

    /// <summary>The last position whose answer is stored.</summary>
    public long Position => _cursor?.Position ?? 0;

    /// <summary>Locks the output and finds what an earlier run left.</summary>
    public static IngestPlace Find(IngestOptions options)
    {
        // The lock on the output comes before the cursor is read: a second run must not read one that is about to change.
        IAnswerOutput output = options.Output is { } path ? new AnswerFile(path) : new AnswerPipe();
        var place = new IngestPlace(options, output, options.Cursor is { } cursor ? new CursorFile(cursor) : null);
        try
        {
            place.Restore();
            return place;
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <summary>Where to begin in an input.</summary>
    public InputMark Enter(RowSource source)
    {
        var beginning = new InputMark(0, 0, "");
        if (_cursor is null || !_cursor.Inputs.TryGetValue(source.Key, out var mark) || mark.Offset == 0)
            return beginning;
        if (source.IsFile)
        {
            if (source.Length < mark.Offset || source.Tail(mark.Offset) != mark.Tail || !source.IsRowBoundary(mark.Offset))
            {
                throw new CommandException($"{source.Name} is not the file that was consumed up to line {mark.Line} ({mark.Offset} "
                    + "bytes): what was consumed has changed. Give new data another file name, or restore the file.");
            }

            return mark;
        }

        // Positions tell what is a repeat, wherever the pipe begins.
        if (_options.PositionColumn is not null)
            return beginning;
        return _options.SameStandardInput switch
        {
            true => mark,
            false => beginning,
            null => throw new CommandException($"{mark.Line} lines of stdin were consumed before, "
                + "and a pipe cannot be entered in the middle. Say what it gives now, --stdin same (the same lines from the beginning) "
                + "or --stdin next (what comes behind them), or use --position-column."),
        };
    }

    /// <summary>Finds out what is known before the stream is opened; refuses a stream that has another model or answer than was asked
    /// for. Nothing is written.</summary>
    /// <returns>Hash of the model that the stream has or will get; absent where only the server can tell.</returns>
    public async Task<string?> PrepareAsync(LstmClient client, IReadOnlyList<ModelView> models, CancellationToken cancellation)
    {
        _mode = _options.Mode ?? StreamMode.Durable;
        if (_cursor is { ModelHash: { Length: > 0 } known })
        {
            // The cursor knows the model, but not the mode.
            var own = await client.ShowAsync(_options.Stream, cancellation).ConfigureAwait(false);
            if (own.Status == StreamStatus.Ok && own.Incarnation == _cursor.IncarnationValue)
            {
                RequireSameMode(own.Mode);
                _opened = own.Options;
            }

            return _expectedHash = known;
        }

        var asked = HashOf(models, _options.Model);
        IsNew = _cursor is null;
        // A run that was killed around the opening call does not know whether it is open.
        var view = !IsNew || _options.Resume ? await client.ShowAsync(_options.Stream, cancellation).ConfigureAwait(false) : null;
        _cursor ??= Begin(view is { Status: StreamStatus.Ok } ? await StandingStillAsync(client, view, cancellation).ConfigureAwait(false) : view);
        if (view is { Status: StreamStatus.Ok } && view.Incarnation == _cursor.IncarnationValue)
        {
            RequireSameModel(view.ModelHash, asked);
            RequireSameMode(view.Mode);
            _opened = view.Options;
            var answer = view.Options.HasFlag(StreamOptions.AnswerOutput) ? "output" : "head";
            if (answer != _options.AnswerName)
            {
                throw new CommandException($"Stream '{_options.Stream}' was opened with --answer {answer}, and --answer is "
                    + $"{_options.AnswerName}; a stream keeps what it was opened with. Give --answer {answer}, or another --stream.");
            }
        }

        // A new incarnation gets what the name means when the server opens it.
        var isOpenedHere = IsNew && view is not { Status: StreamStatus.Ok };
        _expectedHash = isOpenedHere ? null : asked;
        return asked;
    }

    /// <summary>Opens the stream with an incarnation that is on disk before the call, or goes on with the cursor's.</summary>
    public async Task<LstmStream> OpenStreamAsync(LstmClient client, CancellationToken cancellation)
    {
        Save();
        try
        {
            // No row that is not finite comes from here, but a stream keeps what it was opened with.
            var options = (_options.AnswerOutput ? StreamOptions.AnswerOutput : StreamOptions.None) | (_opened & StreamOptions.AllowNonFinite);
            var stream = await client.OpenAsync(
                _options.Stream, _options.Model, Cursor.IncarnationValue, options, Cursor.Position, _mode, cancellation: cancellation).ConfigureAwait(false);
            if (_expectedHash is not null || !IsNew)
                RequireSameModel(stream.ModelHash, _expectedHash);
            _cursor = Cursor with { Model = _options.Model, ModelHash = stream.ModelHash };
            Save();
            return stream;
        }
        catch (LstmException refusal) when (IsNew && (!refusal.Status.IsRetryable() || refusal.Status == StreamStatus.ModelUnavailable))
        {
            // A final refusal opened nothing, so there is nothing to go on with. (The client does not wait for a model that is not there.)
            _file?.Delete();
            throw refusal.Status == StreamStatus.AlreadyOpen
                ? new CommandException($"{refusal.Message} lstm ingest --resume takes it over where it stands.")
                : Explain(refusal);
        }
        catch (LstmException refusal)
        {
            throw Explain(refusal);
        }
    }

    /// <summary>Appends answers, makes them durable, then moves the cursor behind them.</summary>
    public void Store(AnswerBatch batch, int answerSize, string input, InputMark mark)
    {
        _text.Clear();
        if (_output.Length == 0 && !_headerWritten)
            _text.Header(AnswerFile.FirstColumn, answerSize);
        _headerWritten = true;
        for (var index = 0; index < batch.Count; index++)
            _text.Row(batch.FirstPosition + index, batch.Answers.Span.Slice(index * answerSize, answerSize));
        _output.Append(_text.Bytes);
        _output.Store();
        _cursor = (Cursor with { Position = batch.FirstPosition + batch.Count - 1, OutputLength = _output.Length, OutputTail = _output.Tail }).WithInput(input, mark);
        Save();
    }

    /// <summary>Notes what was consumed without an event of its own: skipped rows, repeats, the end.</summary>
    public void StoreConsumed(string input, InputMark mark)
    {
        if (Cursor.Inputs.TryGetValue(input, out var stored) && stored == mark)
            return;
        _cursor = Cursor.WithInput(input, mark);
        Save();
    }

    /// <summary>Says what a refusal means for an ingest and what to do.</summary>
    public CommandException Explain(LstmException refusal) => new(refusal.Status switch
    {
        StreamStatus.AlreadyOpen => $"{refusal.Message} The cursor {_file?.Path} belongs to another life of it; "
            + "begin again with another --stream and --output.",
        StreamStatus.Conflict => $"{refusal.Message} Rows from position {Cursor.Position + 1} on were sent before and differ now. "
            + "After an interruption give the same input, unchanged, and go on to others after it; "
            + $"if another program sends to stream '{_options.Stream}' at the same time, one of the two has to stop: this one has.",
        StreamStatus.Duplicate => $"{refusal.Message} The cursor is older than the stream; was it copied, "
            + $"or is another program sending to stream '{_options.Stream}'?",
        _ => refusal.Message,
    });

    public void Dispose()
    {
        if (_output is AnswerFile file)
            file.DiscardIfNew = _file is null || !File.Exists(_file.Path);
        _output.Dispose();
    }

    private void Restore()
    {
        if (_file?.Load() is not { } cursor)
        {
            if (_output.Length > 0)
            {
                throw new CommandException($"{_output.Name} is there already, without a cursor ({_file?.Path}); "
                    + "it is not the output of an ingest. Name a new file with --output.");
            }

            return;
        }

        Require(cursor.Stream == _options.Stream, $"stream '{cursor.Stream}'", $"--stream is '{_options.Stream}'");
        // Until the stream is known to be open, another model may still be chosen; PrepareAsync looks whether it is.
        Require(cursor.ModelHash.Length == 0 || cursor.Model == _options.Model, $"model '{cursor.Model}'", $"--model is '{_options.Model}'");
        Require(cursor.Answer == _options.AnswerName, $"--answer {cursor.Answer}", $"--answer is {_options.AnswerName}");
        _output.Restore(cursor.OutputLength, cursor.OutputTail);
        _cursor = cursor;

        void Require(bool same, string stored, string asked)
        {
            if (!same)
            {
                throw new CommandException($"{_file.Path} belongs to {stored}, and {asked}; a stream keeps what it was opened with. "
                    + "Use the same, or another --stream and --output.");
            }
        }
    }

    // As the server does: a hash first, then a name.
    private static string? HashOf(IReadOnlyList<ModelView> models, string model) =>
        ModelHash.TryParse(model, out var hash) ? hash.ToString() : models.FirstOrDefault(view => view.Name == model)?.Hash;

    private void RequireSameModel(string hash, string? asked)
    {
        if (hash == asked)
            return;
        var given = asked is null ? $"--model '{_options.Model}' is not known to the server" : $"--model '{_options.Model}' is {asked}";
        throw new CommandException($"Stream '{_options.Stream}' has model {hash}, and {given}; a stream keeps what it was opened with. "
            + $"Give --model {hash}, or another --stream.");
    }

    private void RequireSameMode(StreamMode mode)
    {
        _mode = mode;
        if (_options.Mode is not { } asked || asked == mode)
            return;
        throw new CommandException($"Stream '{_options.Stream}' was opened with --mode {Name(mode)}, and --mode is {Name(asked)}; "
            + $"a stream keeps what it was opened with. Leave out --mode, or use another --stream.");

        static string Name(StreamMode mode) => mode == StreamMode.Durable ? "durable" : "checkpointed";
    }

    /// <summary>A stream that is taken over must not fall back behind the place where that was done: what was sent before is not here.</summary>
    private async Task<StreamView> StandingStillAsync(LstmClient client, StreamView open, CancellationToken cancellation)
    {
        if (open.DurablePosition >= open.Position)
            return open;
        // An export writes first.
        var export = await client.ExportAsync(_options.Stream, open.Incarnation, cancellation: cancellation).ConfigureAwait(false);
        return open with { Position = export.Position, DurablePosition = export.Position };
    }

    /// <param name="open">The stream that is to be taken over, if there is one.</param>
    private IngestCursor Begin(StreamView? open)
    {
        var (incarnation, position) = open switch
        {
            null or { Status: StreamStatus.NotOpen } => (LstmClient.NewIncarnation(), 0),
            { Status: StreamStatus.Ok } => (open.Incarnation, open.Position),
            _ => throw new CommandException(open.Detail.Length > 0 ? open.Detail : $"Stream '{_options.Stream}' is {open.Status}; "
                + "use another --stream."),
        };
        return new IngestCursor(
            IngestCursor.CurrentFormat, _options.Stream, IngestCursor.TextOf(incarnation), _options.Model, "", _options.AnswerName,
            position, _output.Length, new Dictionary<string, InputMark>(), _output.Tail);
    }

    private void Save() => _file?.Save(Cursor);
}
