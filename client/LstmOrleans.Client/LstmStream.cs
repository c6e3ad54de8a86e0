using LstmOrleans.Client.Steps;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Tracing;

namespace LstmOrleans.Client;

/// <summary>An open stream: its sizes and its calls. Calls of one stream must not overlap; <see cref="StreamSession"/> and <see cref="StreamProducer"/> see to that.</summary>
public sealed class LstmStream
{
    private readonly StepLine _line;
    private readonly StreamCalls _calls;
    private readonly StepPaths _paths;

    internal LstmStream(IStreamGrain grain, string key, OpenAnswer opened, StreamCalls calls, StepPaths paths)
    {
        (_line, Key, _calls, _paths) = (new(grain), key, calls, paths);
        (Incarnation, OpenedAt, ModelHash) = (opened.Incarnation, opened.Position, opened.ModelHash);
        (InputSize, AnswerSize, FeatureNames) = (opened.InputSize, opened.AnswerSize, opened.FeatureNames);
        MostInputs = Math.Max(1, Math.Min(opened.WindowAnswers, opened.WindowBytes / (opened.AnswerSize * sizeof(float))));
    }

    /// <summary>The stream's key.</summary>
    public string Key { get; }

    /// <summary>The incarnation every call names.</summary>
    public ulong Incarnation { get; }

    /// <summary>Where the stream stood when it was opened here.</summary>
    public long OpenedAt { get; }

    /// <summary>Content hash of its model.</summary>
    public string ModelHash { get; }

    /// <summary>I: floats of one event.</summary>
    public int InputSize { get; }

    /// <summary>A: floats of one answer.</summary>
    public int AnswerSize { get; }

    /// <summary>Names of the features, or empty.</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <summary>Most inputs of one call.</summary>
    public int MostInputs { get; }

    /// <summary>Applies inputs for positions first, first + 1, ...; sends again until there is a final answer.</summary>
    /// <param name="firstPosition">Position of the first input. A repeat of applied positions gives the same answers.</param>
    /// <param name="inputs">(k, I)</param>
    /// <param name="confirmed">The highest position whose answers the caller has stored.</param>
    /// <param name="cancellation">Ends the wait; the inputs may have been applied.</param>
    /// <returns>(k, A)</returns>
    /// <exception cref="LstmException">
    /// The call was refused and nothing of it was applied. One exception: after <see cref="StreamStatus.Duplicate"/> the new part of the call is applied,
    /// and its answers are in <see cref="LstmException.Answers"/>.
    /// </exception>
    public async Task<float[]> StepAsync(long firstPosition, ReadOnlyMemory<float> inputs, long? confirmed = null, CancellationToken cancellation = default)
    {
        if (inputs.Length == 0 || inputs.Length % InputSize != 0)
            throw new ArgumentException($"There are {inputs.Length} floats; stream '{Key}' takes k >= 1 inputs of I = {InputSize}.", nameof(inputs));
        var request = new StepRequest
        {
            Key = Key,
            Incarnation = Incarnation,
            FirstPosition = firstPosition,
            Confirmed = confirmed,
            Count = inputs.Length / InputSize,
            Inputs = LstmClient.ToBytes(inputs.Span),
        };
        var answer = await SendAsync(request, cancellation).ConfigureAwait(false);
        return answer.Status == StreamStatus.Ok ? LstmClient.ToFloats(answer.Answers) : throw Refused(answer, confirmed ?? 0);
    }

    /// <summary>Sends a call until it has a final answer, whatever that is.</summary>
    internal Task<StepAnswer> SendAsync(StepRequest request, CancellationToken cancellation) => _calls.RunAsync(
        again => LstmTracing.CallAsync(
            "IStreamGrain/Step", (Path: again ? _paths.Again : _paths.First, Line: _line, Request: request), static call => call.Path.SendAsync(call.Line, call.Request)),
        answer => (answer.Status, answer.Detail), cancellation);

    /// <summary>A pause on the clock of the retries.</summary>
    internal Task PauseAsync(TimeSpan pause, CancellationToken cancellation) => Task.Delay(pause, _calls.Policy.Time, cancellation);

    /// <summary>What a refused call means.</summary>
    /// <param name="answer">The refusal.</param>
    /// <param name="acknowledged">The highest durable position that was told.</param>
    /// <param name="session">The session the call was of; 0 = none.</param>
    internal LstmException Refused(StepAnswer answer, long acknowledged, ulong session = 0)
    {
        if (answer.Status is StreamStatus.Gap or StreamStatus.NotOpen or StreamStatus.Fenced && answer.Position < acknowledged)
            return LstmException.Regressed(Key, answer.Position, acknowledged);
        string detail = answer.Status == StreamStatus.Fenced && session != 0
            ? $"{answer.Detail} Session {session:x16} has ended or was replaced: another producer sends to stream '{Key}' now. "
                + "Stop this one, or open a new session that takes the stream over, at the position that is stored."
            : answer.Detail;
        return new LstmException(answer.Status, detail)
        {
            Position = answer.Position,
            Incarnation = answer.Incarnation,
            Answers = LstmClient.ToFloats(answer.Answers),
        };
    }
}
