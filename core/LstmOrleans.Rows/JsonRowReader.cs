using System.Text;
using System.Text.Json;

namespace LstmOrleans.Rows;

/// <summary>JSON lines: each an array of I numbers, or an object that holds the features by name.</summary>
internal sealed class JsonRowReader : RowReader
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8 };
    private IReadOnlyList<string> _features = [];

    // Of the first array, where I is not known: rows of other lengths would be cut or padded.
    private int? _width;

    public JsonRowReader(RowSource source, RowSpec spec)
        : base(source, spec)
    {
    }

    protected override ValueTask ReadHeader(LineReader lines, CancellationToken cancellation) => ValueTask.CompletedTask;

    protected override void FindColumns(byte[]? firstRow, long number)
    {
        // Without names given, those of the first line count for all of them.
        _features = Spec.Named.Count > 0 || firstRow is null ? Spec.Named : FindIn(firstRow, NumericProperties, []);
        if (_features.Count > 0)
            RequireCount(_features, 1);
        _width = Spec.InputSize is not null || firstRow is null ? null
            : FindIn<int?>(firstRow, line => line.ValueKind == JsonValueKind.Array ? line.GetArrayLength() : null, null);
    }

    protected override Row Parse(ReadOnlyMemory<byte> line, long number)
    {
        try
        {
            using var document = JsonDocument.Parse(line, Strict);
            return document.RootElement.ValueKind switch
            {
                JsonValueKind.Array => OfArray(document.RootElement, number),
                JsonValueKind.Object => OfObject(document.RootElement, number),
                var other => Row.Broken(number, $"the line is a JSON {other}; it must be an array of numbers or an object."),
            };
        }
        catch (JsonException error)
        {
            return Row.Broken(number, $"the line is not JSON (byte {error.BytePositionInLine}); each line must be one array or object.");
        }
        catch (InvalidOperationException)
        {
            return Row.Broken(number, "the line has text that is not UTF-8; save the input as UTF-8.");
        }
    }

    private Row OfArray(JsonElement array, long number)
    {
        if ((Spec.PositionColumn ?? Spec.SequenceColumn) is { } named)
            return Row.Broken(number, $"the line is an array; column '{named}' needs objects with names.");
        var count = array.GetArrayLength();
        if (Spec.InputSize is { } inputSize && count != inputSize)
            return Row.Broken(number, $"the array has {count} numbers; {Spec.Model} takes I = {inputSize} features.");
        if (_width is { } width && count != width)
            return Row.Broken(number, $"the array has {count} numbers; the first one has {width}. All must have the model's I features.");
        var values = new float[count];
        for (var index = 0; index < count; index++)
        {
            if (NumberOf(array[index], $"number {index + 1}", out values[index]) is { } problem)
                return Row.Broken(number, problem);
        }

        return new Row(number, values);
    }

    private Row OfObject(JsonElement line, long number)
    {
        if (_features.Count == 0)
            return Row.Broken(number, $"the line is an object, but the first one was not. {Spec.NameColumns}");
        var values = new float[_features.Count];
        for (var index = 0; index < values.Length; index++)
        {
            if (!line.TryGetProperty(_features[index], out var property))
                return Row.Broken(number, $"'{_features[index]}' is missing; each object must have all {values.Length} features.");
            if (NumberOf(property, $"'{_features[index]}'", out values[index]) is { } problem)
                return Row.Broken(number, problem);
        }

        long? position = null;
        if (Spec.PositionColumn is { } column)
        {
            var text = line.TryGetProperty(column, out var property) ? property.GetRawText() : "";
            if (PositionOf(Encoding.UTF8.GetBytes(text), column, out position) is { } wrong)
                return Row.Broken(number, wrong);
        }

        return SequenceOf(line, out var sequence) is { } missing ? Row.Broken(number, missing) : new Row(number, values, position, sequence);
    }

    private string? SequenceOf(JsonElement line, out string sequence)
    {
        sequence = "";
        if (Spec.SequenceColumn is not { } column)
            return null;
        if (!line.TryGetProperty(column, out var property))
            return $"'{column}' is missing; it says which sequence the row belongs to.";
        sequence = property.ToString();
        return null;
    }

    private string[] NumericProperties(JsonElement line) => line.ValueKind != JsonValueKind.Object ? [] :
    [
        .. line.EnumerateObject()
            .Where(property => property.Value.ValueKind == JsonValueKind.Number && !Spec.IsReserved(property.Name))
            .Select(property => property.Name),
    ];

    /// <summary>What is found in a line; the other where it is not JSON: reading the row again will say what is wrong with it.</summary>
    private static T FindIn<T>(ReadOnlyMemory<byte> line, Func<JsonElement, T> find, T other)
    {
        try
        {
            using var document = JsonDocument.Parse(line, Strict);
            return find(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return other;
        }
    }

    private static string? NumberOf(JsonElement element, string name, out float value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number
            ? Number(Encoding.UTF8.GetBytes(element.GetRawText()), name, out value)
            : $"{name} is {element.ValueKind}; it must be a number.";
    }
}
