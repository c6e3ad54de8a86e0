using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LstmOrleans.Cli.Ingest;

/// <summary>How far an ingest has come: what is in the output, what is consumed of each input, where the stream stood. One JSON
/// object.</summary>
/// <param name="Format">Of this file.</param>
/// <param name="Stream">The stream's key.</param>
/// <param name="Incarnation">16 hexadecimal digits; chosen and stored before the stream is opened with it.</param>
/// <param name="Model">The model as it was asked for.</param>
/// <param name="ModelHash">The model the stream got; empty until it is known to be open.</param>
/// <param name="Answer">What a step answers: <c>head</c> or <c>output</c>.</param>
/// <param name="Position">The last position whose answer is in the output.</param>
/// <param name="OutputLength">Bytes of the output up to there.</param>
/// <param name="Inputs">What is consumed, by full path; <c>stdin</c> for pipes.</param>
/// <param name="OutputTail">Fingerprint of the output up to there, or <c>stdout</c>; empty in cursors of older versions.</param>
internal sealed record IngestCursor(
    int Format,
    string Stream,
    string Incarnation,
    string Model,
    string ModelHash,
    string Answer,
    long Position,
    long OutputLength,
    IReadOnlyDictionary<string, InputMark> Inputs,
    string OutputTail = "")
{
    public const int CurrentFormat = 1;

    [JsonIgnore]
    public ulong IncarnationValue => ulong.Parse(Incarnation, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    public static string TextOf(ulong incarnation) => incarnation.ToString("x16", CultureInfo.InvariantCulture);

    public IngestCursor WithInput(string key, InputMark mark) =>
        this with { Inputs = new Dictionary<string, InputMark>(Inputs) { [key] = mark } };

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, CursorJson.Default.IngestCursor);

    /// <exception cref="CommandException">These are not the bytes of a cursor.</exception>
    public static IngestCursor Parse(byte[] bytes, string path)
    {
        try
        {
            var cursor = JsonSerializer.Deserialize(bytes, CursorJson.Default.IngestCursor) ?? throw new JsonException("It is null.");
            if (cursor.Format != CurrentFormat)
            {
                throw new CommandException($"{path} has format {cursor.Format}; this program reads {CurrentFormat}. "
                    + "Use the program that wrote it.");
            }

            if (cursor.Position < 0 || cursor.OutputLength < 0 || cursor.IncarnationValue == 0)
                throw new JsonException("A number in it is impossible.");
            return cursor;
        }
        catch (Exception error) when (error is JsonException or FormatException or OverflowException)
        {
            throw new CommandException($"{path} is not a cursor of lstm ingest, or damaged ({error.Message}). Restore it, "
                + "or begin again with another --stream and --output.");
        }
    }
}

/// <summary>What is consumed of one input.</summary>
/// <param name="Offset">Bytes.</param>
/// <param name="Line">Lines.</param>
/// <param name="Tail">Fingerprint of the last bytes before the offset; empty for a pipe.</param>
internal sealed record InputMark(long Offset, long Line, string Tail);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(IngestCursor))]
internal sealed partial class CursorJson : JsonSerializerContext;
