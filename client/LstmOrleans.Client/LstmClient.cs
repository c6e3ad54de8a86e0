using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LstmOrleans.Client.Steps;
using LstmOrleans.Contracts.Batch;
using LstmOrleans.Contracts.Models;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Tracing;

namespace LstmOrleans.Client;

/// <summary>The cluster as an application sees it: streams, batch forward, models.</summary>
/// <remarks>Works over any <see cref="IGrainFactory"/>: an Orleans client's, or a silo's own.</remarks>
public sealed partial class LstmClient
{
    private readonly IGrainFactory _grains;
    private readonly StreamCalls _calls;
    private readonly StepPaths _paths;

    /// <summary>A client over grains.</summary>
    /// <param name="grains">An Orleans client's, or a silo's own.</param>
    /// <param name="retry">How calls are retried.</param>
    /// <param name="gather">
    /// Let steps for streams of one silo go there in one message, and their answers come in one, which saves about half of what an event costs where many streams are sent to: what <see cref="LstmConnection"/> does.
    /// Only over an Orleans client; within a silo a call is no message.
    /// </param>
    public LstmClient(IGrainFactory grains, RetryPolicy? retry = null, bool gather = false)
        : this(grains, retry, gather ? StepPaths.Gathered(grains, (retry ??= new RetryPolicy()).Time) : StepPaths.Calls)
    {
    }

    internal LstmClient(IGrainFactory grains, RetryPolicy? retry, StepPaths paths)
    {
        ArgumentNullException.ThrowIfNull(grains);
        (_grains, _calls, _paths) = (grains, new StreamCalls(retry ?? new RetryPolicy()), paths);
    }

    /// <summary>A new incarnation: random, never 0. Also fit as a session's id.</summary>
    public static ulong NewIncarnation()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return Math.Max(1, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
    }

    /// <summary>Opens a stream, or finds it open with the same incarnation.</summary>
    /// <param name="key">The application's own id of the stream.</param>
    /// <param name="model">A model's name or hash.</param>
    /// <param name="incarnation">The id of this opening: store it before the call, and a repeat after a crash finds the same stream.</param>
    /// <param name="options">What is answered and let through.</param>
    /// <param name="acknowledged">The highest durable position this application was told; a stream below it is refused, and not opened anew.</param>
    /// <param name="mode">When steps are answered; fixed for the stream's life.</param>
    /// <param name="replaces">Reopening: the incarnation of the closed stream that this opening replaces; absent = a closed stream stays closed.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="LstmException">AlreadyOpen (with incarnation and position), Closed, Invalid, ModelUnavailable, StateRegressed ...</exception>
    public async Task<LstmStream> OpenAsync(
        string key, string model, ulong incarnation, StreamOptions options = StreamOptions.None, long acknowledged = 0,
        StreamMode mode = StreamMode.Durable, ulong? replaces = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentException.ThrowIfNullOrEmpty(model);
        // Opening would make an empty stream of one that the store has lost.
        if (acknowledged > 0 && (await ShowAsync(key, cancellation).ConfigureAwait(false)).Status == StreamStatus.NotOpen)
            throw LstmException.Regressed(key, 0, acknowledged);
        var grain = _grains.GetGrain<IStreamGrain>(key);
        var request = new OpenRequest { Key = key, Model = model, Incarnation = incarnation, Mode = mode, Options = options, Replaces = replaces };
        var answer = await _calls.RunAsync(
            () => LstmTracing.CallAsync("IStreamGrain/Open", (grain, request), static call => call.grain.Open(call.request)), answer => (WithoutModel(answer.Status), answer.Detail), cancellation).ConfigureAwait(false);
        if (answer.Status != StreamStatus.Ok)
            throw new LstmException(answer.Status, answer.Detail) { Position = answer.Position, Incarnation = answer.Incarnation };
        return answer.Position >= acknowledged ? new LstmStream(grain, key, answer, _calls, _paths) : throw LstmException.Regressed(key, answer.Position, acknowledged);
    }

    /// <summary>Reads a stream's durable state; a stream that is not open is a result, not an exception.</summary>
    public Task<StreamView> ShowAsync(string key, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        var grain = _grains.GetGrain<IStreamGrain>(key);
        return _calls.RunAsync(grain.Show, view => (view.Status, view.Detail), cancellation);
    }

    /// <summary>Runs full sequences through a model.</summary>
    /// <exception cref="LstmException">The request was refused.</exception>
    public async Task<ForwardAnswer> ForwardAsync(ForwardRequest request, CancellationToken cancellation = default)
    {
        var grain = _grains.GetGrain<IBatchGrain>(0);
        // A forward may rightly take long, and a second one beside it would only make both slower.
        var answer = await _calls.Policy.WithoutResending().RunAsync(
            () => LstmTracing.CallAsync("IBatchGrain/Forward", (grain, request), static call => call.grain.Forward(call.request)), answer => (WithoutModel(answer.Status), answer.Detail), cancellation).ConfigureAwait(false);
        return answer.Status == StreamStatus.Ok ? answer : throw new LstmException(answer.Status, answer.Detail);
    }

    /// <summary>Lists the models a silo has.</summary>
    public Task<IReadOnlyList<ModelView>> ModelsAsync(CancellationToken cancellation = default)
    {
        var grain = _grains.GetGrain<IModelsGrain>(0);
        return _calls.Policy.RunAsync(grain.List, _ => (StreamStatus.Ok, ""), cancellation);
    }

    // A model that is not there at open, import or forward is a mistake of the caller's, not something to wait for.
    private static StreamStatus WithoutModel(StreamStatus status) => status == StreamStatus.ModelUnavailable ? StreamStatus.Invalid : status;

    /// <summary>Floats as the one block of bytes that goes over the wire.</summary>
    public static ReadOnlyMemory<byte> ToBytes(ReadOnlySpan<float> values) => MemoryMarshal.AsBytes(values).ToArray();

    /// <summary>A block of bytes as floats.</summary>
    public static float[] ToFloats(ReadOnlyMemory<byte> bytes) => MemoryMarshal.Cast<byte, float>(bytes.Span).ToArray();
}
